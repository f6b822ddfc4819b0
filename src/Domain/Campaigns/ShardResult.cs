using System.Text.Json.Nodes;
using PortraitGen.Domain.Artifacts;

namespace PortraitGen.Domain.Campaigns;

/// <summary>What a shard made: references to stored outputs, and small values. Holds nothing that differs between two runs of the same input.</summary>
/// <param name="Outputs">Stored objects by name.</param>
/// <param name="Values">Small results that the planner or a person reads: scores, counts, metrics. Numbers and short texts only.</param>
public sealed record ShardResult(IReadOnlyDictionary<string, ArtifactRef> Outputs, JsonObject Values)
{
    /// <summary>The canonical bytes of the result index; their hash tells two results of one key apart.</summary>
    public byte[] ToBytes()
    {
        var outputs = new JsonObject();
        foreach (var (name, reference) in Outputs) outputs[name] = reference.ToJson();
        return CanonicalJson.ToBytes(new JsonObject { ["outputs"] = outputs, ["values"] = Values.DeepClone() });
    }

    /// <summary>Reads what <see cref="ToBytes"/> wrote.</summary>
    /// <exception cref="FormatException">The bytes are no result index.</exception>
    public static ShardResult Parse(ReadOnlySpan<byte> bytes)
    {
        if (JsonNode.Parse(bytes) is not JsonObject { } root || root["outputs"] is not JsonObject outputs || root["values"] is not JsonObject values)
            throw new FormatException("A result index needs 'outputs' and 'values'.");
        return new(outputs.ToDictionary(p => p.Key, p => ArtifactRef.FromJson(p.Value)), (JsonObject)values.DeepClone());
    }

    /// <summary>The output called <paramref name="name"/>.</summary>
    /// <exception cref="KeyNotFoundException">The shard made no such output.</exception>
    public ArtifactRef Output(string name) =>
        Outputs.TryGetValue(name, out var reference) ? reference
            : throw new KeyNotFoundException($"The result has no output '{name}', only: {string.Join(", ", Outputs.Keys)}.");
}
