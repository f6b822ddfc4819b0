using System.Text.Json;
using PortraitGen.Gpu.Models;
using PortraitGen.Gpu.Models.T5;

namespace PortraitGen.Gpu.Tests.Models;

public sealed class T5TokenizerGoldenTests
{
    private sealed record Case(string Text, int[] Ids);

    [Fact]
    public void Ids_match_the_reference()
    {
        string json = File.ReadAllText(Path.Combine(Goldens.Folder, "t5_sentencepiece.json"));
        var cases = JsonSerializer.Deserialize<Case[]>(json, JsonSerializerOptions.Web)!;
        Assert.NotEmpty(cases);
        var wrong = cases.Where(expected => !expected.Ids.SequenceEqual(Tokenizers.T5.Encode(expected.Text)))
            .Select(expected => $"'{expected.Text}': {string.Join(' ', Tokenizers.T5.Encode(expected.Text))}, not {string.Join(' ', expected.Ids)}");
        Assert.Empty(wrong);
    }

    [Fact]
    public void A_prompt_ends_with_the_end_token_is_cut_when_long_and_filled_with_zeros_when_short()
    {
        using var ids = Tokenizers.T5.Batch(["a woman", string.Join(' ', Enumerable.Repeat("photo", 50))], 8);
        long[] rows = ids.data<long>().ToArray();
        Assert.Equal([3L, 9, 2335, 1, 0, 0, 0, 0], rows[..8]);
        Assert.Equal([1202L, 1202, 1202, 1202, 1202, 1202, 1202, 1], rows[8..]);
    }

    [Fact]
    public void Bytes_that_are_no_sentencepiece_model_are_refused() =>
        Assert.Contains("no sentencepiece model", Assert.Throws<ModelConfigException>(() => new T5Tokenizer([1, 2, 3, 4], 8)).Message, StringComparison.Ordinal);
}
