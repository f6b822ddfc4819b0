using System.Text.Json.Nodes;

namespace PortraitGen.Domain.Curation;

/// <summary>By what right a batch's photos are used. Without all three nothing enters a dataset version.</summary>
/// <remarks>There is no way to make one with a part missing, so that whatever holds a <see cref="Rights"/> has them.</remarks>
public sealed record Rights
{
    /// <summary>Longest text of a part, characters.</summary>
    public const int MaxLength = 500;

    private Rights(string licence, string consent, string source) => (Licence, Consent, Source) = (licence, consent, source);

    /// <summary>Under which licence, e.g. <c>CC0-1.0</c> or <c>internal</c>.</summary>
    public string Licence { get; }

    /// <summary>How the people in the photos agreed, e.g. <c>signed form 2026-03, folder 12</c>.</summary>
    public string Consent { get; }

    /// <summary>Where the photos come from.</summary>
    public string Source { get; }

    /// <summary>The rights, or null and every fault as (key, message).</summary>
    public static (Rights? Rights, IReadOnlyList<(string Key, string Message)> Faults) Of(string? licence, string? consent, string? source)
    {
        var faults = new List<(string, string)>();
        Check("licence", licence, "under which licence the photos are used");
        Check("consent", consent, "how the people in the photos agreed");
        Check("source", source, "where the photos come from");
        return faults.Count > 0 ? (null, faults) : (new(licence!.Trim(), consent!.Trim(), source!.Trim()), faults);

        void Check(string key, string? text, string meaning)
        {
            if (string.IsNullOrWhiteSpace(text)) faults.Add((key, $"is missing: say {meaning}. Photos without rights cannot enter a dataset version."));
            else if (text.Length > MaxLength) faults.Add((key, $"has {text.Length} characters; at most {MaxLength} are kept."));
        }
    }

    public JsonObject ToJson() => new() { ["licence"] = Licence, ["consent"] = Consent, ["source"] = Source };

    /// <summary>Reads what <see cref="ToJson"/> wrote.</summary>
    /// <exception cref="FormatException">A part is missing.</exception>
    public static Rights FromJson(JsonNode? node)
    {
        var (rights, faults) = Of(JsonText.Of(node, "licence"), JsonText.Of(node, "consent"), JsonText.Of(node, "source"));
        return rights ?? throw new FormatException("rights." + string.Join("; rights.", faults.Select(f => $"{f.Key} {f.Message}")));
    }
}
