using System.Collections.Concurrent;
using PortraitGen.Domain.Artifacts;

namespace PortraitGen.Jobs.Tests.Curation;

/// <summary>The port's contract in memory, for tests that are not about storing.</summary>
internal sealed class MemoryStore : IArtifactStore
{
    private readonly ConcurrentDictionary<string, byte[]> _objects = [];

    public Task<ArtifactRef> PutAsync(ReadOnlyMemory<byte> content, string mediaType, CancellationToken cancel)
    {
        var hash = ContentHash.Of(content.Span);
        _objects[hash.Hex] = content.ToArray();
        return Task.FromResult(new ArtifactRef(hash, content.Length, mediaType));
    }

    public Task<byte[]> GetAsync(ContentHash hash, CancellationToken cancel) =>
        _objects.TryGetValue(hash.Hex, out var bytes) ? Task.FromResult(bytes) : throw new ArtifactMissingException(hash.Hex, Describe());

    public Task<bool> ExistsAsync(ContentHash hash, CancellationToken cancel) => Task.FromResult(_objects.ContainsKey(hash.Hex));

    public Task<bool> TryPutNamedAsync(string name, ReadOnlyMemory<byte> content, CancellationToken cancel) => Task.FromResult(_objects.TryAdd("named/" + name, content.ToArray()));

    public Task<byte[]?> GetNamedAsync(string name, CancellationToken cancel) => Task.FromResult(_objects.GetValueOrDefault("named/" + name));

    public string Describe() => "memory";
}
