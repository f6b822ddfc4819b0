using System.Collections.Concurrent;
using PortraitGen.Domain.Artifacts;

namespace PortraitGen.Jobs.Tests.Toys;

/// <summary>A store whose objects can rot. Written again, they are whole.</summary>
public sealed class BreakableStore : IArtifactStore
{
    private readonly MemoryStore _inner = new();
    private readonly ConcurrentDictionary<ContentHash, bool> _broken = new();

    public void Break(ContentHash hash) => _broken[hash] = true;

    public Task<ArtifactRef> PutAsync(ReadOnlyMemory<byte> content, string mediaType, CancellationToken cancel)
    {
        _broken.TryRemove(ContentHash.Of(content.Span), out _);
        return _inner.PutAsync(content, mediaType, cancel);
    }

    public Task<byte[]> GetAsync(ContentHash hash, CancellationToken cancel) =>
        _broken.ContainsKey(hash) ? throw new ArtifactCorruptException(hash.Hex, "something else", Describe()) : _inner.GetAsync(hash, cancel);

    public Task<bool> ExistsAsync(ContentHash hash, CancellationToken cancel) => _inner.ExistsAsync(hash, cancel);

    public Task<bool> TryPutNamedAsync(string name, ReadOnlyMemory<byte> content, CancellationToken cancel) => _inner.TryPutNamedAsync(name, content, cancel);

    public Task<byte[]?> GetNamedAsync(string name, CancellationToken cancel) => _inner.GetNamedAsync(name, cancel);

    public string Describe() => "memory that rots";
}
