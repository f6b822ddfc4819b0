using PortraitGen.Gpu.Models;
using PortraitGen.Gpu.Models.Clip;

namespace PortraitGen.Gpu.Tests.Models;

public sealed class ClipTokenizerTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("tokenizer").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_cut_tokenizer_splits_its_phrases_as_the_full_one_does()
    {
        string[] phrases = ["Portrait of an elderly man, 85mm, natural light", "close-up headshot -- it's sharp", "a woman with curly auburn hair"];
        var cut = TokenizerCutter.Cut(Tokenizers.Clip, phrases);
        cut.Save(Path.Combine(_folder, "cut"));
        var read = ClipTokenizer.FromFolder(Path.Combine(_folder, "cut"));

        Assert.Equal(512 + 2000 + 2, cut.VocabSize);
        Assert.Equal(32, read.MaxLength);
        foreach (string phrase in phrases)
        {
            var full = Tokenizers.Clip.Encode(phrase);
            Assert.Equal(full.Select(id => Tokenizers.Clip.Decode([id])), cut.Encode(phrase).Select(id => cut.Decode([id])));
            Assert.Equal(cut.Encode(phrase), read.Encode(phrase));
            Assert.Equal([read.BosId, .. read.Encode(phrase), read.EosId], read.Pad(phrase).Take(full.Count + 2).Select(id => (int)id));
        }

        Assert.Contains("need", Assert.Throws<ModelConfigException>(() => TokenizerCutter.Cut(Tokenizers.Clip, phrases, merges: 5)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_long_prompt_is_cut_and_still_ends()
    {
        long[] row = Tokenizers.Clip.Pad(string.Join(' ', Enumerable.Repeat("portrait", 200)));
        Assert.Equal(77, row.Length);
        Assert.Equal(Tokenizers.Clip.EosId, row[^1]);
        Assert.DoesNotContain(Tokenizers.Clip.EosId, row[..^1].Select(id => (int)id));
    }

    [Theory]
    [InlineData("cafe\u0301", "caf\u00e9")]
    [InlineData("it\u2019s \u201csharp\u201d", "it's \"sharp\"")]
    [InlineData("\uff30\uff4f\uff52\uff54rait", "portrait")]
    [InlineData("a\u0000b", "ab")]
    public void Text_that_looks_the_same_gives_the_same_ids(string odd, string plain) =>
        Assert.Equal(Tokenizers.Clip.Encode(plain), Tokenizers.Clip.Encode(odd));

    [Fact]
    public void Half_a_surrogate_pair_is_read_as_the_replacement_character() =>
        Assert.Equal(Tokenizers.Clip.Encode("a \ufffd"), Tokenizers.Clip.Encode("a " + '\ud800'));
}
