namespace PortraitGen.Jobs.Artifacts;

/// <summary>Where the S3 server is and who we are there.</summary>
/// <param name="Server">Scheme, host and port, with no path.</param>
/// <param name="Bucket">Addressed by path, as servers other than Amazon's rarely have a host name per bucket.</param>
/// <param name="Region">Part of every signature; most servers other than Amazon's accept any.</param>
/// <param name="CreateBucket">Whether a missing bucket is made.</param>
public sealed record S3Options(Uri Server, string Bucket, string AccessKey, string SecretKey, string Region = "us-east-1", bool CreateBucket = true)
{
    private const string Form = "http://KEY:SECRET@host:port/bucket";

    /// <summary>Reads <c>http(s)://KEY:SECRET@host[:port]/bucket[?region=…][&amp;create=yes|no]</c>. KEY and SECRET are percent-encoded.</summary>
    /// <exception cref="FormatException">One line that says what is wrong and what the form is, without the secret.</exception>
    public static S3Options Parse(string text)
    {
        if (!Uri.TryCreate(text?.Trim(), UriKind.Absolute, out var uri))
            throw Bad("is no URL. A '/', '+', '@', ':' or '#' in the secret must be percent-encoded ('/' is %2F)");
        if (uri.Scheme is not ("http" or "https")) throw Bad($"has the scheme '{uri.Scheme}' where http or https is expected");
        if (uri.Host.Length == 0) throw Bad("has no host");
        if (uri.Fragment.Length > 0) throw Bad("has a '#'; in the secret it must be percent-encoded (%23)");

        string[] user = uri.UserInfo.Split(':');
        if (user.Length != 2 || user[0].Length == 0 || user[1].Length == 0)
            throw Bad("has no KEY:SECRET before the host. A '/' in the secret must be percent-encoded (%2F)");

        string bucket = uri.AbsolutePath.Trim('/');
        if (bucket.Length == 0) throw Bad($"names no bucket after {uri.Authority}/");
        if (!IsBucketName(bucket)) throw Bad($"has the bucket '{bucket}', where 3 to 63 of a-z, 0-9, '-' and '.' are expected, with a letter or digit at both ends");

        var options = new S3Options(new Uri(uri.GetLeftPart(UriPartial.Scheme) + uri.Authority), bucket, Uri.UnescapeDataString(user[0]), Uri.UnescapeDataString(user[1]));
        foreach (string pair in uri.Query.TrimStart('?').Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            options = pair.Split('=', 2) switch
            {
                ["region", { Length: > 0 } region] => options with { Region = region },
                ["create", "yes"] => options with { CreateBucket = true },
                ["create", "no"] => options with { CreateBucket = false },
                _ => throw Bad($"has the option '{pair}', where region=NAME, create=yes and create=no are known"),
            };
        }

        return options;
    }

    /// <summary>As <see cref="Parse"/>, with <paramref name="bucket"/> where the text names none.</summary>
    public static S3Options Parse(string text, string bucket) =>
        Uri.TryCreate(text?.Trim(), UriKind.Absolute, out var uri) && uri.AbsolutePath.Trim('/').Length == 0
            ? Parse(new UriBuilder(uri) { Path = bucket }.Uri.AbsoluteUri)
            : Parse(text!);

    /// <summary>Never with the secret.</summary>
    public override string ToString() => $"the bucket {Bucket} at {Server.GetLeftPart(UriPartial.Authority)}";

    private static bool IsBucketName(string name) =>
        name.Length is >= 3 and <= 63
        && name.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c is '-' or '.')
        && char.IsAsciiLetterOrDigit(name[0]) && char.IsAsciiLetterOrDigit(name[^1]);

    private static FormatException Bad(string fault) => new($"The S3 setting {fault}. Its form is {Form}.");
}
