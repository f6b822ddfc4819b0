using System.Text.Json.Nodes;
using PortraitGen.Domain.Artifacts;

namespace PortraitGen.Gpu.Runtime;

/// <summary>One run of a shard: its input, the store, and a way to say how far it is.</summary>
/// <remarks>Store calls block: a handler has the device thread to itself, and TorchSharp's scopes forbid hopping to another.</remarks>
public sealed class ShardRun(JsonObject input, IArtifactStore store, Action<double, string> report, CancellationToken cancel)
{
    /// <summary>What the planner wrote, whole.</summary>
    public JsonObject Input { get; } = input;

    /// <summary>Reads a stored object; its hash is checked.</summary>
    public byte[] Read(ContentHash hash) => store.GetAsync(hash, cancel).GetAwaiter().GetResult();

    /// <summary>Stores an output.</summary>
    public ArtifactRef Write(ReadOnlyMemory<byte> content, string mediaType) => store.PutAsync(content, mediaType, cancel).GetAwaiter().GetResult();

    /// <summary>Tells watchers how far the shard is: a fraction in [0, 1] and a few words.</summary>
    public void Report(double fraction, string text) => report(fraction, text);
}
