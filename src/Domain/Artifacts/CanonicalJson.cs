using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace PortraitGen.Domain.Artifacts;

/// <summary>One text for one value: keys sorted by ordinal, no spaces, numbers as .NET's shortest round trip. What is hashed is written this way.</summary>
public static class CanonicalJson
{
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, Indented = false };

    public static byte[] ToBytes(JsonNode? node)
    {
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream, Options)) Write(writer, node);
        return stream.ToArray();
    }

    public static string ToText(JsonNode? node) => Encoding.UTF8.GetString(ToBytes(node));

    public static ContentHash Hash(JsonNode? node) => ContentHash.Of(ToBytes(node));

    private static void Write(Utf8JsonWriter writer, JsonNode? node)
    {
        switch (node)
        {
            case null:
                writer.WriteNullValue();
                break;
            case JsonObject o:
                writer.WriteStartObject();
                foreach (var (key, value) in o.OrderBy(p => p.Key, StringComparer.Ordinal))
                {
                    writer.WritePropertyName(key);
                    Write(writer, value);
                }
                writer.WriteEndObject();
                break;
            case JsonArray a:
                writer.WriteStartArray();
                foreach (var item in a) Write(writer, item);
                writer.WriteEndArray();
                break;
            case JsonValue v when v.GetValueKind() == JsonValueKind.Number:
                WriteNumber(writer, v);
                break;
            default:
                node.WriteTo(writer);
                break;
        }
    }

    /// <summary>1, 1.0 and 1e0 are one number, so they get one text, whichever way the value came in.</summary>
    private static void WriteNumber(Utf8JsonWriter writer, JsonValue value)
    {
        string text = value.ToJsonString();
        if (long.TryParse(text, out long whole)) writer.WriteNumberValue(whole);
        else if (ulong.TryParse(text, out ulong unsigned)) writer.WriteNumberValue(unsigned);
        else
        {
            double number = double.Parse(text, System.Globalization.CultureInfo.InvariantCulture);
            if (number == Math.Floor(number) && Math.Abs(number) < 1L << 53) writer.WriteNumberValue((long)number);
            else writer.WriteNumberValue(number);
        }
    }
}
