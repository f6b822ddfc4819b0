using System.Text.Json;

namespace PortraitGen.Gpu.Tests.Models;

public sealed class ClipTokenizerGoldenTests
{
    private sealed record Case(string Text, int[] Ids, string Decoded);

    [Fact]
    public void Ids_and_decoded_texts_match_the_reference()
    {
        string json = File.ReadAllText(Path.Combine(Goldens.Folder, "clip_tokenizer.json"));
        var cases = JsonSerializer.Deserialize<Case[]>(json, JsonSerializerOptions.Web)!;
        Assert.NotEmpty(cases);
        Assert.All(cases, expected =>
        {
            Assert.Equal(expected.Ids, Tokenizers.Clip.Encode(expected.Text));
            Assert.Equal(expected.Decoded, Tokenizers.Clip.Decode(expected.Ids));
        });
    }
}
