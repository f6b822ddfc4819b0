using System.Text;
using PortraitGen.Domain.Artifacts;
using PortraitGen.Domain.Curation;

namespace PortraitGen.Domain.Tests.Curation;

public sealed class DatasetManifestTests
{
    private static readonly Rights Rights = Rights.Of("CC0-1.0", "signed", "drawn").Rights!;

    [Fact]
    public void The_version_does_not_depend_on_the_order_of_its_entries()
    {
        var entries = Enumerable.Range(0, 10).Select(i => Entry(i)).ToList();
        Assert.Equal(DatasetManifest.Of(64, entries).Hash, DatasetManifest.Of(64, entries.AsEnumerable().Reverse()).Hash);
    }

    [Fact]
    public void A_caption_a_size_or_a_right_makes_another_version()
    {
        var hash = DatasetManifest.Of(64, [Entry(1)]).Hash;
        Assert.NotEqual(hash, DatasetManifest.Of(64, [Entry(1) with { Caption = "another" }]).Hash);
        Assert.NotEqual(hash, DatasetManifest.Of(128, [Entry(1)]).Hash);
        Assert.NotEqual(hash, DatasetManifest.Of(64, [Entry(1) with { Rights = Rights.Of("CC0-1.0", "signed", "bought").Rights! }]).Hash);
        Assert.NotEqual(hash, DatasetManifest.Of(64, [Entry(1) with { Split = DatasetSplits.HeldOut }]).Hash);
    }

    [Fact]
    public void It_survives_its_bytes_and_its_hash_is_that_of_the_bytes()
    {
        var manifest = DatasetManifest.Of(64, [Entry(1), Entry(2) with { Split = DatasetSplits.HeldOut }]);
        var again = DatasetManifest.Parse(manifest.ToBytes());
        Assert.Equal(manifest.Entries, again.Entries);
        Assert.Equal(ContentHash.Of(manifest.ToBytes()), again.Hash);
        Assert.Equal(("caption 1", "caption 2"), (again.Train.Single().Caption, again.HeldOut.Single().Caption));
    }

    [Fact]
    public void Names_of_files_are_kept_as_hashes_only()
    {
        string text = Encoding.UTF8.GetString(DatasetManifest.Of(64, [Entry(1)]).ToBytes());
        Assert.DoesNotContain("photo-1.jpg", text);
        Assert.Contains(DatasetEntry.HashOfName("photo-1.jpg").Hex, text);
    }

    [Fact]
    public void Two_entries_of_the_same_pixels_are_refused() =>
        Assert.Throws<ArgumentException>(() => DatasetManifest.Of(64, [Entry(1), Entry(1) with { Caption = "again" }]));

    [Theory]
    [InlineData("no JSON"), InlineData("[]"), InlineData("{}"), InlineData("""{"format":"portraitgen-dataset/2","size":64,"entries":[]}""")]
    [InlineData("""{"format":"portraitgen-dataset/1","size":"64","entries":[]}"""), InlineData("""{"format":"portraitgen-dataset/1","size":64,"entries":[{}]}""")]
    public void What_is_no_manifest_is_a_format_error(string text) => Assert.Throws<FormatException>(() => DatasetManifest.Parse(Encoding.UTF8.GetBytes(text)));

    [Fact]
    public void An_entry_without_rights_cannot_be_read()
    {
        string text = Encoding.UTF8.GetString(DatasetManifest.Of(64, [Entry(1)]).ToBytes()).Replace("\"consent\":\"signed\"", "\"consent\":\" \"");
        Assert.Contains("consent", Assert.Throws<FormatException>(() => DatasetManifest.Parse(Encoding.UTF8.GetBytes(text))).Message);
    }

    [Fact]
    public void Rights_name_every_missing_part_at_once()
    {
        var (rights, faults) = Rights.Of(" ", null, new string('x', 501));
        Assert.Null(rights);
        Assert.Equal(["licence", "consent", "source"], faults.Select(f => f.Key));
        Assert.Contains("cannot enter a dataset version", faults[0].Message);
    }

    private static DatasetEntry Entry(int i)
    {
        var hash = ContentHash.Of(BitConverter.GetBytes(i));
        var image = new ArtifactRef(hash, 100, MediaTypes.Png);
        return new(image, image, hash, hash, DatasetEntry.HashOfName($"photo-{i}.jpg"), $"caption {i}", Rights, DatasetSplits.Train);
    }
}
