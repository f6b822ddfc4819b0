using System.Text.Json;
using System.Text.Json.Nodes;

namespace PortraitGen.Api.Dashboard;

/// <summary>The few lines of a specification that people look for first.</summary>
public static class SpecSummary
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    private static readonly (string Path, string Label)[] Lines =
    [
        ("base", "Base model"), ("dataset", "Dataset"), ("batch", "Batch"), ("seed", "Seed"), ("epochs", "Epochs"), ("objective", "Objective"),
        ("group.perEpoch", "Groups an epoch"), ("group.size", "Images a group"), ("exemplars.method", "Exemplars"), ("exemplars.advantage", "Exemplar advantage"),
        ("sampler.kernel", "Kernel"), ("sampler.steps", "Sampling steps"), ("optimizer.learningRate", "Learning rate"), ("optimizer.klWeight", "KL weight"), ("lora.rank", "LoRA rank"),
    ];

    /// <summary>Label and value of each known line that the specification has; of an unknown form, its plain top-level values.</summary>
    public static IReadOnlyList<(string Label, string Value)> Of(string spec)
    {
        if (Parse(spec) is not { } root) return [];
        var known = Lines.Select(line => (line.Label, Value: Text(Find(root, line.Path)))).Where(line => line.Value is not null).Select(line => (line.Label, line.Value!)).ToList();
        return known.Count > 0 ? known : [.. root.Where(p => Text(p.Value) is not null).Take(12).Select(p => (p.Key, Text(p.Value)!))];
    }

    public static string Pretty(string spec) => Parse(spec)?.ToJsonString(Indented) ?? spec;

    public static int? Epochs(string spec) => Parse(spec)?["epochs"] is JsonValue value && value.TryGetValue(out int epochs) ? epochs : null;

    private static JsonObject? Parse(string spec)
    {
        try
        {
            return JsonNode.Parse(spec) as JsonObject;
        }
        catch (JsonException)
        {
            return null; // shown as it is
        }
    }

    private static JsonNode? Find(JsonNode? node, string path)
    {
        foreach (string key in path.Split('.')) node = (node as JsonObject)?[key];
        return node;
    }

    private static string? Text(JsonNode? node) => node is JsonValue value ? value.ToString() : null;
}
