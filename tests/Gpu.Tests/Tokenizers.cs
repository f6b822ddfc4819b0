using System.IO.Compression;
using PortraitGen.Gpu.Models.Clip;

namespace PortraitGen.Gpu.Tests;

/// <summary>The published CLIP vocabulary (MIT, licence beside it); PORTRAITGEN_TOKENIZERS names another folder.</summary>
internal static class Tokenizers
{
    private static readonly string Folder = Environment.GetEnvironmentVariable("PORTRAITGEN_TOKENIZERS") is { Length: > 0 } other
        ? other
        : Path.Combine(AppContext.BaseDirectory, "Tokenizers");

    public static ClipTokenizer Clip { get; } = Load();

    private static ClipTokenizer Load()
    {
        using var packed = new GZipStream(File.OpenRead(Path.Combine(Folder, "bpe_simple_vocab_16e6.txt.gz")), CompressionMode.Decompress);
        using var lines = new StreamReader(packed);
        return ClipTokenizer.FromMerges(lines);
    }
}
