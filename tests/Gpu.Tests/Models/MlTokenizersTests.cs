using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.ML.Tokenizers;
using PortraitGen.Gpu.Models.Clip;

namespace PortraitGen.Gpu.Tests.Models;

/// <summary>Why CLIP's tokenizer is ours while T5's is Microsoft.ML.Tokenizers': see the decision record.</summary>
public sealed partial class MlTokenizersTests
{
    private sealed record Case(string Text, int[] Ids);

    [Fact]
    public void The_packages_byte_pairs_with_CLIPs_files_still_miss_reference_ids_that_ours_meets()
    {
        var ours = Tokenizers.Clip;
        var package = BpeTokenizer.Create(new BpeOptions(ours.Ids)
        {
            Merges = ours.Merges.Select(merge => $"{merge.Left} {merge.Right}"),
            Normalizer = LowerCaseNormalizer.Instance,
            PreTokenizer = new RegexPreTokenizer(Words(), null),
            EndOfWordSuffix = "</w>",
            ByteLevel = true,
        });
        var cases = JsonSerializer.Deserialize<Case[]>(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Goldens", "clip_tokenizer.json")), JsonSerializerOptions.Web)!;
        string[] missed = [.. cases.Where(expected => !expected.Ids.SequenceEqual(Ids(expected.Text))).Select(expected => $"'{expected.Text}' gives {string.Join(' ', Ids(expected.Text))}")];
        TestContext.Current.TestOutputHelper?.WriteLine($"{missed.Length} of {cases.Length} missed: {string.Join("; ", missed)}");
        // The day this fails, the package alone meets the references: ask again whether ours is needed.
        Assert.NotEmpty(missed);

        IEnumerable<int> Ids(string text)
        {
            try
            {
                return package.EncodeToIds(text);
            }
            catch (Exception error) when (error is KeyNotFoundException or IndexOutOfRangeException or ArgumentException)
            {
                return [-1];
            }
        }
    }

    /// <summary>The pattern of OpenAI's simple_tokenizer.</summary>
    [GeneratedRegex(@"<\|startoftext\|>|<\|endoftext\|>|'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+", RegexOptions.IgnoreCase)]
    private static partial Regex Words();
}
