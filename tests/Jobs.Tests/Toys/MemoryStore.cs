using System.Collections.Concurrent;
using PortraitGen.Domain.Artifacts;

namespace PortraitGen.Jobs.Tests.Toys;

/// <summary>A store in memory: orchestration is tested here, not bytes.</summary>
public sealed class MemoryStore : IArtifactStore
{
    private readonly ConcurrentDictionary<string, byte[]> _objects = new();

    public Task<ArtifactRef> PutAsync(ReadOnlyMemory<byte> content, string mediaType, CancellationToken cancel)
    {
        var hash = ContentHash.Of(content.Span);
        _objects.TryAdd($"objects/{hash.Hex}", content.ToArray());
        return Task.FromResult(new ArtifactRef(hash, content.Length, mediaType));
    }

    public Task<byte[]> GetAsync(ContentHash hash, CancellationToken cancel) =>
        _objects.TryGetValue($"objects/{hash.Hex}", out var content) ? Task.FromResult(content) : throw new ArtifactMissingException(hash.Hex, Describe());

    public Task<bool> ExistsAsync(ContentHash hash, CancellationToken cancel) => Task.FromResult(_objects.ContainsKey($"objects/{hash.Hex}"));

    public Task<bool> TryPutNamedAsync(string name, ReadOnlyMemory<byte> content, CancellationToken cancel) => Task.FromResult(_objects.TryAdd(name, content.ToArray()));

    public Task<byte[]?> GetNamedAsync(string name, CancellationToken cancel) => Task.FromResult(_objects.GetValueOrDefault(name));

    public string Describe() => "memory";
}
