using PortraitGen.Jobs.Artifacts;

namespace PortraitGen.Conformance.Tests.Artifacts;

public sealed class S3OptionsTests
{
    [Fact]
    public void A_full_setting_is_read_and_shown_without_its_secret()
    {
        var options = S3Options.Parse("https://me:a%2Fb%2Bc@s3.example.org:8443/portraits?region=eu-west-1&create=no");
        Assert.Equal(new S3Options(new("https://s3.example.org:8443"), "portraits", "me", "a/b+c", "eu-west-1", CreateBucket: false), options);
        Assert.Equal("the bucket portraits at https://s3.example.org:8443", options.ToString());
    }

    [Theory]
    [InlineData("nonsense", "is no URL"), InlineData("http://me:hunt/er2@host/bucket", "%2F"), InlineData("http://me:12/er2@host/bucket", "no KEY:SECRET")]
    [InlineData("ftp://me:hunter2@host/bucket", "http or https"), InlineData("http://host/bucket", "no KEY:SECRET"), InlineData("http://me@host/bucket", "no KEY:SECRET")]
    [InlineData("http://me:hunter2@host", "no bucket"), InlineData("http://me:hunter2@host/a/b", "'a/b'"), InlineData("http://me:hunter2@host/Bucket", "'Bucket'")]
    [InlineData("http://me:hunter2@host/bucket?acl=public", "acl=public"), InlineData("", "is no URL")]
    public void A_malformed_setting_is_one_line_that_says_why_and_hides_the_secret(string text, string reason)
    {
        var bad = Assert.Throws<FormatException>(() => S3Options.Parse(text));
        Assert.Contains(reason, bad.Message, StringComparison.Ordinal);
        Assert.Contains("http://KEY:SECRET@host:port/bucket", bad.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("er2", bad.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', bad.Message);
    }
}
