using System.Text.Json;
using PortraitGen.Domain.Campaigns;

namespace PortraitGen.Api.Hosting;

/// <summary>A slice of a list.</summary>
/// <param name="Next">Give this as <c>after</c> for the next slice; null at the end.</param>
public sealed record Slice<T>(IReadOnlyList<T> Items, string? Next);

/// <summary>Reads the filters of lists; a wrong one is a fault with what is allowed, like any other input.</summary>
internal sealed class Query
{
    public const int DefaultLimit = 50, MostLimit = 1000;
    private readonly List<SpecError> _errors = [];

    public IReadOnlyList<SpecError> Errors => _errors;

    public T? Word<T>(string key, string? text) where T : struct, Enum
    {
        if (string.IsNullOrEmpty(text)) return null;
        foreach (var value in Enum.GetValues<T>()) if (Words.Of(value) == text) return value;
        _errors.Add(new(key, $"'{text}' is none of them.", "one of " + string.Join(", ", Enum.GetValues<T>().Select(Words.Of))));
        return null;
    }

    public Guid? Id(string key, string? text)
    {
        if (string.IsNullOrEmpty(text)) return null;
        if (Guid.TryParse(text, out var id)) return id;
        _errors.Add(new(key, $"'{text}' is no id.", "an id as another answer gave it"));
        return null;
    }

    public int Limit(string? text)
    {
        if (string.IsNullOrEmpty(text)) return DefaultLimit;
        if (int.TryParse(text, out int limit) && limit is >= 1 and <= MostLimit) return limit;
        _errors.Add(new("limit", $"'{text}' is out of range.", $"a whole number from 1 to {MostLimit}"));
        return DefaultLimit;
    }
}

/// <summary>Enumerations as kebab-case words, as everywhere on the wire.</summary>
internal static class Words
{
    public static string Of<T>(T value) where T : struct, Enum => JsonNamingPolicy.KebabCaseLower.ConvertName(value.ToString());
}
