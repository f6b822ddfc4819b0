using System.Text.Json;
using System.Text.Json.Nodes;

namespace PortraitGen.Domain.Curation;

/// <summary>Reads texts out of JSON that somebody else wrote: a wrong type is null, not an exception.</summary>
internal static class JsonText
{
    public static string? Of(JsonNode? node, string key) =>
        node is JsonObject o && o[key] is JsonValue v && v.GetValueKind() == JsonValueKind.String ? v.GetValue<string>() : null;
}
