using System.Collections;
using System.Collections.Concurrent;
using PortraitGen.Domain.Artifacts;
using PortraitGen.Domain.Campaigns;
using PortraitGen.Jobs.Artifacts;

namespace PortraitGen.Jobs.Scheduling;

/// <summary>Reads result indexes from the store. They never change, so what was read is kept.</summary>
public sealed class ResultReader(IArtifactStore store)
{
    private const int Kept = 20_000; // a few KB each
    private const int AtOnce = 16;
    private readonly ConcurrentDictionary<ContentHash, byte[]> _read = new();

    /// <exception cref="ArtifactMissingException">An index is gone from the store.</exception>
    /// <exception cref="ArtifactCorruptException">An index has other bytes than the ones that were taken.</exception>
    public async Task<IReadOnlyList<ShardResult>> ReadAsync(IReadOnlyList<(ContentHash Key, ContentHash Hash)> shards, CancellationToken cancel)
    {
        if (_read.Count > Kept) _read.Clear();
        var bytes = new byte[shards.Count][];
        var options = new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancel };
        for (int i = 0; i < bytes.Length; i++) bytes[i] = _read.GetValueOrDefault(shards[i].Hash)!;
        await Parallel.ForEachAsync(Enumerable.Range(0, bytes.Length).Where(i => bytes[i] is null), options, async (i, token) =>
        {
            var (key, hash) = shards[i];
            string name = InputKey.ResultName(key);
            var content = await store.GetNamedAsync(name, token) ?? await RestoreAsync(name, token) ?? throw new ArtifactMissingException(name, store.Describe());
            var found = ContentHash.Of(content);
            if (found != hash) throw new ArtifactCorruptException(name, found.Hex, store.Describe());
            _read[hash] = bytes[i] = content;
        });
        return new Results(bytes);
    }

    /// <summary>An index that was being discarded while a worker found it.</summary>
    private async Task<byte[]?> RestoreAsync(string name, CancellationToken cancel) =>
        store is IArtifactInventory inventory && await inventory.RestoreAsync(ArtifactNames.KeyOf(name), cancel) ? await store.GetNamedAsync(name, cancel) : null;

    /// <summary>Parses when looked at: most planners look at the last stage only. Each look gives a fresh copy.</summary>
    private sealed class Results(byte[][] bytes) : IReadOnlyList<ShardResult>
    {
        public int Count => bytes.Length;
        public ShardResult this[int index] => ShardResult.Parse(bytes[index]);
        public IEnumerator<ShardResult> GetEnumerator() => bytes.Select(b => ShardResult.Parse(b)).GetEnumerator();
        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
    }
}
