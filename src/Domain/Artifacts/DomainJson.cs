using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace PortraitGen.Domain.Artifacts;

/// <summary>How records of this system are written as JSON: camelCase, kebab-case enums, hashes as text, unknown keys refused.</summary>
public static class DomainJson
{
    public static JsonSerializerOptions Options { get; } = new(JsonSerializerDefaults.Web)
    {
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        RespectNullableAnnotations = true,
        NumberHandling = JsonNumberHandling.Strict,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.KebabCaseLower, allowIntegerValues: false), new ContentHashConverter(), new ArtifactRefConverter() },
    };

    /// <summary>A record as a JSON object.</summary>
    public static JsonObject ToNode<T>(T value) where T : class => (JsonObject)JsonSerializer.SerializeToNode(value, Options)!;

    /// <summary>Reads what <see cref="ToNode"/> wrote.</summary>
    /// <exception cref="JsonException">A key is unknown, missing, or of another type.</exception>
    public static T Read<T>(JsonNode? node) where T : class => node.Deserialize<T>(Options) ?? throw new JsonException($"A {typeof(T).Name} is missing.");

    /// <summary>A reference has one form wherever it is written: that of <see cref="ArtifactRef.ToJson"/>.</summary>
    private sealed class ArtifactRefConverter : JsonConverter<ArtifactRef>
    {
        public override ArtifactRef Read(ref Utf8JsonReader reader, Type type, JsonSerializerOptions options)
        {
            try
            {
                return ArtifactRef.FromJson(JsonNode.Parse(ref reader));
            }
            catch (FormatException e)
            {
                throw new JsonException(e.Message, e);
            }
        }

        public override void Write(Utf8JsonWriter writer, ArtifactRef value, JsonSerializerOptions options) => value.ToJson().WriteTo(writer, options);
    }

    private sealed class ContentHashConverter : JsonConverter<ContentHash>
    {
        public override ContentHash Read(ref Utf8JsonReader reader, Type type, JsonSerializerOptions options) =>
            ContentHash.TryParse(reader.GetString(), out var hash) ? hash : throw new JsonException("A SHA-256 of 64 lower-case hex digits is expected.");

        public override void Write(Utf8JsonWriter writer, ContentHash value, JsonSerializerOptions options) => writer.WriteStringValue(value.Hex);
    }
}
