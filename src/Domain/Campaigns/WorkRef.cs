using System.Text.Json.Nodes;
using PortraitGen.Domain.Artifacts;

namespace PortraitGen.Domain.Campaigns;

/// <summary>Finished work of a shard, by hash.</summary>
/// <param name="Kind">One of <see cref="ShardKinds"/>.</param>
/// <param name="Key">The input key. The object of this hash is the work's document: kind, engine version and whole input.</param>
/// <param name="Result">SHA-256 of the result index.</param>
public sealed record WorkRef(string Kind, ContentHash Key, ContentHash Result);

/// <summary>A work's document as read from the store.</summary>
public sealed record WorkDocument(string Kind, int Engine, JsonObject Input)
{
    /// <exception cref="FormatException">The bytes are no work's document.</exception>
    public static WorkDocument Parse(ReadOnlySpan<byte> bytes)
    {
        try
        {
            return JsonNode.Parse(bytes) is JsonObject o && o["kind"] is { } kind && o["engine"] is { } engine && o["input"] is JsonObject input
                ? new(kind.GetValue<string>(), engine.GetValue<int>(), (JsonObject)input.DeepClone())
                : throw new FormatException("A work's document needs 'kind', 'engine' and 'input'.");
        }
        catch (Exception e) when (e is System.Text.Json.JsonException or InvalidOperationException)
        {
            throw new FormatException($"This is no work's document: {e.Message}", e);
        }
    }
}
