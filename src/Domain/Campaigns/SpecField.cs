using System.Collections.Concurrent;
using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace PortraitGen.Domain.Campaigns;

/// <summary>The keys of a specification record, in the order in which they are declared.</summary>
internal static class SpecFields
{
    private static readonly ConcurrentDictionary<Type, IReadOnlyList<SpecField>> Known = new();

    public static IReadOnlyList<SpecField> Of(Type record) => Known.GetOrAdd(record, type =>
        [.. type.GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(p => p.CanWrite).Select(p => new SpecField(p))]);
}

/// <summary>One key of a specification record: its type and range are those of the property.</summary>
internal sealed class SpecField(PropertyInfo property)
{
    private readonly RangeAttribute? _range = property.GetCustomAttribute<RangeAttribute>();
    private readonly StringLengthAttribute? _length = property.GetCustomAttribute<StringLengthAttribute>();
    private readonly Dictionary<string, object> _words = property.PropertyType.IsEnum
        ? Enum.GetValues(property.PropertyType).Cast<object>().ToDictionary(v => JsonNamingPolicy.KebabCaseLower.ConvertName(v.ToString()!))
        : [];

    public string Key { get; } = JsonNamingPolicy.CamelCase.ConvertName(property.Name);

    public bool Required { get; } = property.GetCustomAttribute<RequiredAttribute>() is not null;

    public bool IsRecord => Type.IsClass && Type != typeof(string);

    private Type Type => property.PropertyType;

    public string Expected => Type switch
    {
        _ when Type.IsEnum => "One of these words",
        _ when Type == typeof(bool) => "true or false",
        _ when Type == typeof(string) => "A text",
        _ when Type == typeof(double) => "A number",
        _ => "A whole number",
    };

    public string Allowed => Type switch
    {
        _ when IsRecord => "an object of " + string.Join(", ", SpecFields.Of(Type).Select(f => f.Key)),
        _ when Type.IsEnum => "one of " + string.Join(", ", _words.Keys),
        _ when Type == typeof(bool) => "true or false",
        _ when Type == typeof(string) => $"a text of {_length?.MinimumLength ?? 0} to {_length?.MaximumLength} characters",
        _ => $"a {(Type == typeof(double) ? "" : "whole ")}number from {Number(_range!.Minimum)} to {Number(_range.Maximum)}",
    };

    public object? Get(object record) => property.GetValue(record);

    /// <summary>Init setters are setters to reflection; the record is still the reader's alone.</summary>
    public void Set(object record, object value) => property.SetValue(record, value);

    /// <summary>The value in the property's type, or null when the node is of another.</summary>
    public object? Read(JsonNode? node)
    {
        var kind = node?.GetValueKind();
        if (Type == typeof(bool)) return kind is JsonValueKind.True or JsonValueKind.False ? kind is JsonValueKind.True : null;
        if (kind is JsonValueKind.String) return Type.IsEnum ? _words.GetValueOrDefault(Text(node!)) : Type == typeof(string) ? Text(node!) : null;
        if (kind is not JsonValueKind.Number || Type.IsEnum || Type == typeof(string)) return null;
        if (!double.TryParse(node!.ToJsonString(), NumberStyles.Float, CultureInfo.InvariantCulture, out double number)) return null;
        if (Type == typeof(double)) return number;
        if (number != Math.Floor(number)) return null;
        if (Type == typeof(long)) return number is >= long.MinValue and < long.MaxValue ? (long)number : long.MaxValue;
        return (int)Math.Clamp(number, int.MinValue, int.MaxValue); // what is beyond is out of each range
    }

    public bool InRange(object value) => value switch
    {
        string text => text.Length <= (_length?.MaximumLength ?? int.MaxValue) && text.Length >= (_length?.MinimumLength ?? 0)
            && !(Required && string.IsNullOrWhiteSpace(text)) && !text.Any(char.IsControl),
        int or long or double => Convert.ToDouble(value) is var number && number >= Convert.ToDouble(_range!.Minimum) && number <= Convert.ToDouble(_range.Maximum),
        _ => true,
    };

    private static string Text(JsonNode node) => node.GetValue<string>();

    private static string Number(object bound) => Convert.ToDouble(bound) is var b && b == Math.Floor(b) && Math.Abs(b) < 1e15
        ? ((long)b).ToString(CultureInfo.InvariantCulture)
        : Convert.ToDouble(bound).ToString("R", CultureInfo.InvariantCulture);
}
