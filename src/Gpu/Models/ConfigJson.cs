using System.Text.Json;
using System.Text.Json.Nodes;

namespace PortraitGen.Gpu.Models;

/// <summary>Reads a component's config.json: every value has its kind and range, a wrong one is named with file and key.</summary>
internal sealed class ConfigJson
{
    private readonly JsonObject _json;
    private readonly string _label;

    private ConfigJson(JsonObject json, string label) => (_json, _label) = (json, label);

    /// <exception cref="ModelConfigException">No JSON object.</exception>
    public static ConfigJson Parse(string text, string label)
    {
        try
        {
            return JsonNode.Parse(text) is JsonObject json
                ? new ConfigJson(json, label)
                : throw new ModelConfigException($"{label}: must hold a JSON object.");
        }
        catch (JsonException error)
        {
            throw new ModelConfigException($"{label}: is no valid JSON: {error.Message}", error);
        }
    }

    /// <summary>The value of <c>_class_name</c> must be this one; a missing value is taken as meant.</summary>
    public void RequireClass(string name)
    {
        string found = Text("_class_name", name);
        if (found != name) throw new ModelConfigException($"{_label}: class '{found}' is not supported here; expected {name}.");
    }

    public bool Has(string key) => _json.TryGetPropertyValue(key, out var node) && node is not null;

    public int Int(string key, int? fallback, int least = 1, int most = 1 << 20)
    {
        if (!Has(key)) return fallback ?? throw Bad(key, "is missing");
        if (!TryGet(key, out int value) || value < least || value > most) throw Bad(key, $"must be a whole number in {least} to {most}, not {Shown(key)}");
        return value;
    }

    public double Number(string key, double fallback, double least, double most)
    {
        if (!Has(key)) return fallback;
        if (!TryGet(key, out double value) || !(value >= least && value <= most)) throw Bad(key, $"must be a number in {least} to {most}, not {Shown(key)}");
        return value;
    }

    public bool Flag(string key, bool fallback) =>
        !Has(key) ? fallback : TryGet(key, out bool value) ? value : throw Bad(key, $"must be true or false, not {Shown(key)}");

    public string Text(string key, string fallback) =>
        !Has(key) ? fallback : TryGet(key, out string? value) && value is not null ? value : throw Bad(key, $"must be a text, not {Shown(key)}");

    public IReadOnlyList<int> Ints(string key, IReadOnlyList<int> fallback, int least, int most)
    {
        if (!Has(key)) return fallback;
        if (_json[key] is not JsonArray list) throw Bad(key, $"must be a list, not {Shown(key)}");
        var values = new List<int>();
        foreach (var node in list)
        {
            if (node is not JsonValue item || !item.TryGetValue(out int value) || value < least || value > most)
                throw Bad(key, $"must hold whole numbers in {least} to {most}, not {Shown(key)}");
            values.Add(value);
        }

        return values;
    }

    public IReadOnlyList<string> Texts(string key, IReadOnlyList<string> fallback)
    {
        if (!Has(key)) return fallback;
        if (_json[key] is not JsonArray list) throw Bad(key, $"must be a list, not {Shown(key)}");
        return [.. list.Select(node => node is JsonValue item && item.TryGetValue(out string? text) ? text : throw Bad(key, "must hold texts"))];
    }

    public ModelConfigException Bad(string key, string what) => new($"{_label}: {key} {what}.");

    private bool TryGet<T>(string key, out T? value)
    {
        value = default;
        return _json[key] is JsonValue node && node.TryGetValue(out value);
    }

    private string Shown(string key)
    {
        string text = _json[key]?.ToJsonString() ?? "null";
        return text.Length > 60 ? text[..60] + "..." : text;
    }
}
