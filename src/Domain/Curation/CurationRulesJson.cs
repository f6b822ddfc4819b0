using System.ComponentModel.DataAnnotations;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace PortraitGen.Domain.Curation;

/// <summary>Curation rules as JSON: keys are the properties' names in camel case, ranges are the properties' own.</summary>
public static class CurationRulesJson
{
    private static readonly IReadOnlyDictionary<string, (PropertyInfo Property, RangeAttribute Range)> Keys = typeof(CurationRules)
        .GetProperties(BindingFlags.Public | BindingFlags.Instance)
        .Where(p => p.GetCustomAttribute<RangeAttribute>() is not null)
        .ToDictionary(p => JsonNamingPolicy.CamelCase.ConvertName(p.Name), p => (p, p.GetCustomAttribute<RangeAttribute>()!));

    public static JsonObject ToJson(CurationRules rules)
    {
        var json = new JsonObject();
        foreach (var (key, (property, _)) in Keys.OrderBy(k => k.Key, StringComparer.Ordinal))
            json[key] = JsonValue.Create(Convert.ToDouble(property.GetValue(rules)));
        return json;
    }

    /// <summary>Reads rules; what is not given keeps its default. Every fault is reported at once, as (key, message with the allowed range).</summary>
    public static (CurationRules Rules, IReadOnlyList<(string Key, string Message)> Faults) Parse(JsonObject? json)
    {
        var faults = new List<(string, string)>();
        var rules = new CurationRules();
        foreach (var (key, node) in json ?? [])
        {
            if (!Keys.TryGetValue(key, out var known))
            {
                faults.Add((key, $"is unknown; the rules are {string.Join(", ", Keys.Keys.Order(StringComparer.Ordinal))}."));
                continue;
            }
            double low = Convert.ToDouble(known.Range.Minimum), high = Convert.ToDouble(known.Range.Maximum);
            bool whole = known.Property.PropertyType != typeof(double);
            if (node is not JsonValue value || value.GetValueKind() != JsonValueKind.Number || !double.TryParse(value.ToJsonString(), out double number))
                faults.Add((key, $"must be a number from {low} to {high}."));
            else if (!(number >= low && number <= high) || (whole && number != Math.Floor(number)))
                faults.Add((key, $"is {number}, but must be a {(whole ? "whole " : "")}number from {low} to {high}."));
            else
                known.Property.SetValue(rules, Convert.ChangeType(number, known.Property.PropertyType)); // init setters are setters to reflection; the record is still ours alone
        }
        return (rules, faults);
    }
}
