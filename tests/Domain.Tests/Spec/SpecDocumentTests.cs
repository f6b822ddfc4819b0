using System.Text.Json.Nodes;
using PortraitGen.Domain.Campaigns;

namespace PortraitGen.Domain.Tests.Spec;

/// <summary>docs/campaign-spec.md says of each key what the reader says of it.</summary>
public sealed class SpecDocumentTests
{
    [Fact]
    public void Every_key_is_documented_with_the_range_and_the_default_that_the_reader_has()
    {
        string[] lines = File.ReadAllLines(Path.Combine(Repository.Root, "docs", "campaign-spec.md"));
        var wrong = new List<string>();
        foreach (var (path, value) in Leaves(SpecWriter.ToNode(new CampaignSpec()), ""))
        {
            string wanted = $"| `{path}` | {Allowed(path)} | {Default(path, value!.ToJsonString().Trim('"'))} |";
            if (!lines.Any(l => l.StartsWith(wanted, StringComparison.Ordinal))) wrong.Add(wanted);
        }
        Assert.True(wrong.Count == 0, "These rows are missing from docs/campaign-spec.md, or differ:\n" + string.Join('\n', wrong));
    }

    private static string Default(string path, string value) => path is "name" or "dataset" ? "required" : value.Length == 0 ? "empty" : $"`{value}`";

    /// <summary>What the reader answers to a value of the wrong type: its own words for what is allowed.</summary>
    private static string Allowed(string path)
    {
        JsonNode? document = new JsonArray();
        foreach (string key in path.Split('.').Reverse()) document = new JsonObject { [key] = document };
        return SpecReader.Read(document).Errors.First(e => e.Path == path).Allowed!;
    }

    private static IEnumerable<(string Path, JsonNode? Value)> Leaves(JsonObject node, string prefix) => node.SelectMany(p => p.Value is JsonObject inner
        ? Leaves(inner, $"{prefix}{p.Key}.")
        : [(prefix + p.Key, p.Value)]);
}
