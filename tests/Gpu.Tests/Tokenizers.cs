using System.IO.Compression;
using PortraitGen.Gpu.Models.Clip;
using PortraitGen.Gpu.Models.T5;

namespace PortraitGen.Gpu.Tests;

/// <summary>The published vocabularies of CLIP (MIT, licence beside it) and T5 (Apache-2.0); PORTRAITGEN_TOKENIZERS names another folder.</summary>
internal static class Tokenizers
{
    private static readonly string Folder = Environment.GetEnvironmentVariable("PORTRAITGEN_TOKENIZERS") is { Length: > 0 } other
        ? other
        : Path.Combine(AppContext.BaseDirectory, "Tokenizers");

    public static ClipTokenizer Clip { get; } = Load();

    public static T5Tokenizer T5 => Sentences.Value;

    private static readonly Lazy<T5Tokenizer> Sentences = new(() => new(File.ReadAllBytes(Path.Combine(Folder, "t5-spiece.model")), 512));

    private static ClipTokenizer Load()
    {
        using var packed = new GZipStream(File.OpenRead(Path.Combine(Folder, "bpe_simple_vocab_16e6.txt.gz")), CompressionMode.Decompress);
        using var lines = new StreamReader(packed);
        return ClipTokenizer.FromMerges(lines);
    }
}
