using System.Text.Json.Nodes;
using PortraitGen.Domain.Artifacts;
using PortraitGen.Domain.Curation;
using PortraitGen.Jobs.Curation;

namespace PortraitGen.Jobs.Tests.Curation;

public sealed class FolderUploadTests : IDisposable
{
    private static readonly byte[] Jpeg = [0xFF, 0xD8, 0xFF, 0xE0, 1, 2, 3];
    private static readonly byte[] Png = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 1];
    private readonly string _folder = Directory.CreateTempSubdirectory("portraitgen-upload-").FullName;
    private readonly MemoryStore _store = new();

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Photos_of_all_folders_are_stored_and_make_a_valid_specification()
    {
        Write("b.jpg", Jpeg);
        Write("in/er/a.bin", Png);
        var spec = await ReadAsync();
        Assert.Equal(["b.jpg", "in/er/a.bin"], Names(spec["photos"]));
        Assert.Equal(Jpeg, await _store.GetAsync(ContentHash.Parse(spec["photos"]![0]!["hash"]!.GetValue<string>()), TestContext.Current.CancellationToken));
        var (read, faults) = CurationSpecReader.Read(spec);
        Assert.Empty(faults);
        Assert.Equal("signed", read!.Rights.Consent);
    }

    [Fact]
    public async Task Sidecars_become_captions_by_stem_or_by_full_name()
    {
        Write("a.jpg", Jpeg);
        Write("in/b.png", Png);
        Write("a.txt", "first"u8.ToArray());
        Write("in/b.png.TXT", "second"u8.ToArray());
        var (spec, _) = CurationSpecReader.Read(await ReadAsync());
        Assert.Equal(["first", "second"], spec!.Photos.Select(p => Captions.For(p.Name, spec.Captions, "none")));
    }

    [Fact]
    public async Task Hidden_files_are_passed_over_and_links_are_reported_and_not_followed()
    {
        Write(".hidden.jpg", Jpeg);
        Write(".git/a.jpg", Jpeg);
        Write("real.jpg", Jpeg);
        string outside = Directory.CreateTempSubdirectory("portraitgen-outside-").FullName;
        try
        {
            File.WriteAllBytes(Path.Combine(outside, "secret.jpg"), Png);
            File.CreateSymbolicLink(Path.Combine(_folder, "file-link.jpg"), Path.Combine(outside, "secret.jpg"));
            Directory.CreateSymbolicLink(Path.Combine(_folder, "folder-link"), outside);
            Directory.CreateSymbolicLink(Path.Combine(_folder, "loop"), _folder);
            var spec = await ReadAsync();
            Assert.Equal(["real.jpg"], Names(spec["photos"]));
            Assert.Equal([("file-link.jpg", "link"), ("folder-link", "link"), ("loop", "link")], Skipped(spec));
        }
        finally
        {
            Directory.Delete(outside, recursive: true);
        }
    }

    [Fact]
    public async Task What_is_no_photo_is_reported_by_name_and_not_stored()
    {
        Write("a.gif", [.. "GIF89a"u8, .. new byte[9]]);
        Write("b.jpg", "text"u8.ToArray());
        Write("c.jpg", []);
        Write("d.txt", "no photo"u8.ToArray());
        Write("e.jpg", Jpeg);
        Assert.Equal([("a.gif", "unsupported-format"), ("b.jpg", "not-an-image"), ("c.jpg", "not-an-image"), ("d.txt", "not-an-image")], Skipped(await ReadAsync()));
        Assert.False(await _store.ExistsAsync(ContentHash.Of("text"u8), TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Limits_refuse_what_is_beyond_them_and_take_the_rest()
    {
        Write("a.jpg", Jpeg);
        Write("b.jpg", [.. Jpeg, .. new byte[100]]);
        Write("c.jpg", [.. Jpeg, 9]);
        Write("d.jpg", [.. Jpeg, 8]);
        Write("a.txt", new byte[50]);
        var spec = await ReadAsync(new UploadLimits { MaxPhotoBytes = 50, MaxPhotos = 2, MaxTextBytes = 20 });
        Assert.Equal(["a.jpg", "c.jpg"], Names(spec["photos"]));
        Assert.Equal([("a.txt", "too-large-file"), ("b.jpg", "too-large-file"), ("d.jpg", "over-limit")], Skipped(spec));
        Assert.Equal([("b.jpg", "over-limit")], Skipped(await ReadAsync(new UploadLimits { MaxTotalBytes = 30 })).Where(s => s.Item1 == "b.jpg"));
    }

    [Fact]
    public async Task A_name_with_control_characters_is_reported_and_does_not_spoil_the_batch()
    {
        Write("a.jpg", Jpeg);
        Write("b\n.jpg", Jpeg);
        var spec = await ReadAsync();
        Assert.Equal([("b\n.jpg", "unreadable")], Skipped(spec));
        Assert.Empty(CurationSpecReader.Read(spec).Faults);
    }

    [Fact]
    public async Task A_missing_folder_is_named() =>
        Assert.Contains("nowhere", (await Assert.ThrowsAsync<DirectoryNotFoundException>(() => FolderUpload.ReadAsync(Path.Combine(_folder, "nowhere"), null, Some, _store, new(), TestContext.Current.CancellationToken))).Message);

    private static Rights Some => Rights.Of("CC0-1.0", "signed", "drawn").Rights!;

    private Task<JsonObject> ReadAsync(UploadLimits? limits = null) => FolderUpload.ReadAsync(_folder, "staff", Some, _store, limits ?? new(), TestContext.Current.CancellationToken);

    private static IEnumerable<string> Names(JsonNode? list) => list!.AsArray().Select(p => p!["name"]!.GetValue<string>());

    private static IEnumerable<(string, string)> Skipped(JsonObject spec) => spec["batch"]!["skipped"]!.AsArray().Select(p => (p!["name"]!.GetValue<string>(), p["code"]!.GetValue<string>()));

    private void Write(string name, byte[] content)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(_folder, name))!);
        File.WriteAllBytes(Path.Combine(_folder, name), content);
    }
}
