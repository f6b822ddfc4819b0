using PortraitGen.Domain.Curation;
using PortraitGen.Gpu.Imaging;
using PortraitGen.Gpu.Tests.Imaging;
using SkiaSharp;

namespace PortraitGen.Gpu.Tests.Curation;

/// <summary>Whole curations of folders that the tests draw: good photos among everything that people upload by mistake or malice.</summary>
public sealed class CurationOnDrawnPhotos : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("portraitgen-curation-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task A_mixed_folder_becomes_a_dataset_version()
    {
        WriteMixedFolder();
        await CurationRun.AssertHoldsAsync(_folder, 64, TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task Each_bad_file_is_reported_by_name_and_code_and_the_rest_goes_on()
    {
        WriteMixedFolder();
        var done = await CurationRun.FolderAsync(_folder, new MemoryStore(), TestContext.Current.CancellationToken);
        var codes = done.Output["rejected"]!.AsArray().ToDictionary(r => r!["name"]!.GetValue<string>(), r => r!["code"]!.GetValue<string>());
        Assert.Equal(new Dictionary<string, string>
        {
            ["anim.jpg"] = RejectionCodes.UnsupportedFormat,
            ["blurred.jpg"] = RejectionCodes.Blurred,
            ["bomb.png"] = RejectionCodes.TooManyPixels,
            ["cut.jpg"] = RejectionCodes.Truncated,
            ["empty.jpg"] = RejectionCodes.NotAnImage,
            ["lonely.txt"] = RejectionCodes.NotAnImage,
            ["notes.jpg"] = RejectionCodes.NotAnImage,
            ["panorama.png"] = RejectionCodes.TooNarrow,
            ["same-bytes.jpg"] = RejectionCodes.DuplicateOf,
            ["same-pixels.webp"] = RejectionCodes.DuplicateOf,
            ["tiny.png"] = RejectionCodes.TooSmall,
        }, codes);
        Assert.Equal(9, done.Output["dataset"]!["count"]!.GetValue<int>());
        Assert.Contains("photo-0.jpg", Reason("same-bytes.jpg"));
        Assert.Contains("photo-8.png", Reason("same-pixels.webp"));

        string Reason(string name) => done.Output["rejected"]!.AsArray().Single(r => r!["name"]!.GetValue<string>() == name)!["reason"]!.GetValue<string>();
    }

    [Fact]
    public async Task Sidecars_caption_their_photos_and_the_template_the_others()
    {
        File.WriteAllBytes(Path.Combine(_folder, "anna_b.jpg"), Pictures.Jpeg(Pictures.Noisy(80, 80, 1)));
        File.WriteAllBytes(Path.Combine(_folder, "carl.jpg"), Pictures.Jpeg(Pictures.Noisy(80, 80, 2)));
        File.WriteAllText(Path.Combine(_folder, "carl.txt"), "  a man\n with a beard \n");
        var cancel = TestContext.Current.CancellationToken;
        var store = new MemoryStore();
        var done = await CurationRun.FolderAsync(_folder, store, cancel, s => s["captionTemplate"] = "portrait photo of {stem}");
        var manifest = DatasetManifest.Parse(await store.GetAsync(done.Artifacts["dataset.json"].Hash, cancel));
        Assert.Equal(["a man with a beard", "portrait photo of anna b"], manifest.Entries.Select(e => e.Caption).Order());
    }

    [Fact]
    public async Task A_batch_in_which_nothing_is_a_photo_fails_and_says_why()
    {
        File.WriteAllBytes(Path.Combine(_folder, "tiny.png"), Pictures.Encode(Pictures.Noisy(20, 20), SKEncodedImageFormat.Png));
        var store = new MemoryStore();
        var cancel = TestContext.Current.CancellationToken;
        var spec = await PortraitGen.Jobs.Curation.FolderUpload.ReadAsync(_folder, null, CurationRun.Rights, store, new(), cancel);
        var failed = Assert.IsType<PortraitGen.Jobs.Planning.PlanStep.Failed>(await CurationRun.RunAsync(spec, store, cancel));
        Assert.Contains("1 too-small", failed.Reason);
        Assert.Contains("tiny.png", failed.Reason);
    }

    /// <summary>9 good photos (0..7 JPEG, 8 PNG), one of them turned and in a folder of its own, and 11 files of other kinds.</summary>
    private void WriteMixedFolder()
    {
        for (ulong i = 0; i < 8; i++) Write($"photo-{i}.jpg", Pictures.Jpeg(Pictures.Noisy(120 + 10 * (int)i, 100, i)));
        Directory.CreateDirectory(Path.Combine(_folder, "more"));
        Directory.CreateDirectory(Path.Combine(_folder, ".hidden"));
        File.Move(Path.Combine(_folder, "photo-7.jpg"), Path.Combine(_folder, "more", "photo-7.jpg"));
        Write("more/photo-7.jpg", Pictures.WithExif(Pictures.Jpeg(Pictures.Noisy(150, 100, 7)), 6));
        Write("more/photo-7.txt", "a turned portrait"u8.ToArray());
        Write(".hidden/secret.jpg", Pictures.Jpeg(Pictures.Noisy(99, 99, 77)));
        var last = Pictures.Noisy(130, 130, 8);
        Write("photo-8.png", Pictures.Encode(last, SKEncodedImageFormat.Png));
        using (var bitmap = last.ToBitmap())
        using (var pixels = bitmap.PeekPixels())
        using (var webp = pixels!.Encode(new SKWebpEncoderOptions(SKWebpEncoderCompression.Lossless, 50)))
            Write("same-pixels.webp", webp!.ToArray());
        Write("same-bytes.jpg", File.ReadAllBytes(Path.Combine(_folder, "photo-0.jpg")));
        Write("anim.jpg", [.. "GIF89a"u8, .. new byte[100]]);
        Write("blurred.jpg", Pictures.Jpeg(Pictures.Noisy(200, 200, 9, noise: 0), 100));
        Write("bomb.png", Pictures.PngBomb(50_000, 50_000));
        Write("cut.jpg", Pictures.Jpeg(Pictures.Noisy(100, 100, 10))[..2000]);
        Write("empty.jpg", []);
        Write("lonely.txt", "no photo of this stem"u8.ToArray());
        Write("notes.jpg", "these are notes, not a photo"u8.ToArray());
        Write("panorama.png", Pictures.Encode(Pictures.Noisy(400, 100, 11), SKEncodedImageFormat.Png));
        Write("tiny.png", Pictures.Encode(Pictures.Noisy(40, 40, 12), SKEncodedImageFormat.Png));
    }

    private void Write(string name, byte[] content) => File.WriteAllBytes(Path.Combine(_folder, name), content);
}
