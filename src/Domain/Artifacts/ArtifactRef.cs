using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace PortraitGen.Domain.Artifacts;

/// <summary>Names an immutable object: its hash, its length in bytes, and what kind of bytes they are.</summary>
public sealed record ArtifactRef(ContentHash Hash, long Length, [property: JsonPropertyName("type")] string MediaType)
{
    public JsonObject ToJson() => new() { ["hash"] = Hash.Hex, ["length"] = Length, ["type"] = MediaType };

    /// <summary>Reads what <see cref="ToJson"/> wrote.</summary>
    /// <exception cref="FormatException">When a part is missing or of another form.</exception>
    public static ArtifactRef FromJson(JsonNode? node) =>
        node is JsonObject o && o["hash"] is { } hash && o["length"] is { } length && o["type"] is { } type
            ? new(ContentHash.Parse(hash.GetValue<string>()), length.GetValue<long>(), type.GetValue<string>())
            : throw new FormatException("An artifact reference needs 'hash', 'length' and 'type'.");
}

/// <summary>The media types that this system writes.</summary>
public static class MediaTypes
{
    public const string Safetensors = "application/vnd.safetensors";
    public const string Json = "application/json";
    public const string Png = "image/png";
    public const string Binary = "application/octet-stream";
}
