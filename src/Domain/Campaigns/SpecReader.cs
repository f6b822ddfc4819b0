using System.Text.Json;
using System.Text.Json.Nodes;

namespace PortraitGen.Domain.Campaigns;

/// <summary>Reads a campaign's specification strictly, and reports every fault at once.</summary>
public sealed class SpecReader
{
    private readonly List<SpecError> _errors = [];

    private SpecReader() { }

    /// <summary>The specification with all defaults filled, or null and its faults in the order of the document.</summary>
    /// <remarks>Rules that span several values are judged where each value alone is sound, so that nothing is reported twice.</remarks>
    public static (CampaignSpec? Spec, IReadOnlyList<SpecError> Errors) Read(JsonNode? node)
    {
        var reader = new SpecReader();
        var spec = new CampaignSpec();
        if (node is JsonObject document) reader.Fill(spec, document, "");
        else reader.Add("", $"A specification is an object, but this is {Describe(node)}.", "an object of " + Names(SpecFields.Of(typeof(CampaignSpec))));
        SpecRules.Check(spec, reader._errors);
        return (reader._errors.Count == 0 ? spec : null, reader._errors);
    }

    private void Fill(object record, JsonObject document, string path)
    {
        var fields = SpecFields.Of(record.GetType());
        foreach (var (key, value) in document)
        {
            string place = path.Length == 0 ? key : $"{path}.{key}";
            if (fields.FirstOrDefault(f => f.Key == key) is { } field) Take(record, field, value, place);
            else Add(place, Unknown(key, fields), Names(fields));
        }

        foreach (var field in fields.Where(f => f.Required && !document.ContainsKey(f.Key)))
            if (field.Get(record) is "") Add(path.Length == 0 ? field.Key : $"{path}.{field.Key}", "This is missing.", field.Allowed);
    }

    private void Take(object record, SpecField field, JsonNode? value, string place)
    {
        if (field.IsRecord)
        {
            if (value is JsonObject inner) Fill(field.Get(record)!, inner, place);
            else Add(place, $"An object is expected, but this is {Describe(value)}.", field.Allowed);
            return;
        }

        if (field.Read(value) is not { } read) Add(place, $"{field.Expected} is expected, but this is {Describe(value)}.", field.Allowed);
        else if (!field.InRange(read)) Add(place, $"{Describe(value)} is out of range.", field.Allowed);
        else field.Set(record, read);
    }

    private static string Unknown(string key, IReadOnlyList<SpecField> fields)
    {
        string nearest = fields.Select(f => f.Key).MinBy(name => EditDistance.Between(key.ToLowerInvariant(), name.ToLowerInvariant()))!;
        int distance = EditDistance.Between(key.ToLowerInvariant(), nearest.ToLowerInvariant());
        return distance <= Math.Max(2, nearest.Length / 2) ? $"There is no such key. Did you mean '{nearest}'?" : "There is no such key.";
    }

    internal static string Describe(JsonNode? value) => value?.GetValueKind() switch
    {
        null => "null",
        JsonValueKind.Object => "an object",
        JsonValueKind.Array => "a list",
        JsonValueKind.String => $"the text '{Cut(value.GetValue<string>())}'",
        JsonValueKind.Number => $"the number {Cut(value.ToJsonString())}",
        _ => value.ToJsonString(),
    };

    private static string Cut(string text) => text.Length <= 60 ? text : text[..57] + "...";

    private static string Names(IReadOnlyList<SpecField> fields) => string.Join(", ", fields.Select(f => f.Key));

    private void Add(string path, string message, string? allowed) => _errors.Add(new(path, message, allowed));
}
