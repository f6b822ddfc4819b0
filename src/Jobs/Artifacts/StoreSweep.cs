using PortraitGen.Domain.Artifacts;
using PortraitGen.Domain.Campaigns;

namespace PortraitGen.Jobs.Artifacts;

/// <summary>One sweep over one store.</summary>
internal sealed class StoreSweep(
    IArtifactStore store, IArtifactInventory inventory, References references, DateTimeOffset before, bool dry, List<Collected> done, TimeProvider clock)
{
    private const int Batch = 1000;
    private readonly HashSet<ContentHash> _there = [];
    private readonly HashSet<string> _discarded = [];
    private readonly List<StoredItem> _unreferenced = [];
    private readonly Dictionary<ContentHash, string> _made = [];

    /// <summary>Looks at all objects.</summary>
    public async Task ObjectsAsync(CancellationToken cancel)
    {
        await foreach (var item in inventory.ListAsync($"{ArtifactNames.Objects}/", cancel))
        {
            if (!ContentHash.TryParse(item.Key[(item.Key.LastIndexOf('/') + 1)..], out var hash)) continue;
            _there.Add(hash);
            if (item.Written < before && !references.Objects.Contains(hash)) _unreferenced.Add(item);
        }
    }

    /// <summary>Discards result indexes that no campaign keeps, and those whose outputs are gone: a worker that finds none computes again, one that finds a hollow one fails.</summary>
    public async Task ResultsAsync(DateTimeOffset began, CancellationToken cancel)
    {
        var going = new List<(StoredItem Item, ContentHash Key, string Reason)>();
        await foreach (var item in inventory.ListAsync($"{ArtifactNames.Named}/results/", cancel))
        {
            if (item.Written >= before || !ContentHash.TryParse(item.Key[(item.Key.LastIndexOf('/') + 1)..], out var key)) continue;
            bool kept = references.Results.Contains(key);
            if (references.Live.Contains(key) || await ReadAsync(key, cancel) is not { } result) continue;
            foreach (var (name, output) in result.Outputs) _made[output.Hash] = $"output '{name}' of work that no kept campaign needs";
            var gone = result.Outputs.FirstOrDefault(o => !_there.Contains(o.Value.Hash));
            if (gone.Key is not null) going.Add((item, key, $"its output '{gone.Key}' is gone: the work is to be done again"));
            else if (!kept) going.Add((item, key, "no kept campaign has this work"));
        }

        foreach (var batch in going.Chunk(Batch))
        {
            await references.MarkAsync(began, cancel);
            var now = batch.Where(g => !references.Live.Contains(g.Key) && (!references.Results.Contains(g.Key) || g.Reason.StartsWith("its", StringComparison.Ordinal))).ToList();
            if (!dry && now.Count > 0) await ExpiredObjects.WriteAsync(store, now.ToDictionary(g => g.Key, g => g.Reason), clock.GetUtcNow(), cancel);
            foreach (var (item, _, reason) in now)
                if (dry || await inventory.DiscardAsync(item.Key, before, cancel)) Discarded(item, reason);
        }
    }

    public async Task DiscardAsync(DateTimeOffset began, CancellationToken cancel)
    {
        foreach (var batch in _unreferenced.Chunk(Batch))
        {
            await references.MarkAsync(began, cancel);
            var now = batch.Select(i => (Item: i, Hash: HashOf(i.Key))).Where(i => !references.Objects.Contains(i.Hash)).ToDictionary(i => i.Item, i => _made.GetValueOrDefault(i.Hash, "nothing refers to it"));
            if (!dry && now.Count > 0) await ExpiredObjects.WriteAsync(store, now.ToDictionary(i => HashOf(i.Key.Key), i => i.Value), clock.GetUtcNow(), cancel);
            foreach (var (item, reason) in now)
                if (dry || await inventory.DiscardAsync(item.Key, before, cancel)) Discarded(item, reason);
        }
    }

    /// <summary>What is referred to comes back; what has lain long enough goes for good.</summary>
    public async Task TrashAsync(DateTimeOffset longAgo, CancellationToken cancel)
    {
        string trash = $"{ArtifactNames.Trash}/";
        await foreach (var item in inventory.ListAsync(trash, cancel))
        {
            string key = item.Key[trash.Length..];
            bool index = key.StartsWith($"{ArtifactNames.Named}/", StringComparison.Ordinal);
            if (!ContentHash.TryParse(key[(key.LastIndexOf('/') + 1)..], out var hash)) continue;
            bool missed = index ? references.Live.Contains(hash) && await store.GetNamedAsync(key[(ArtifactNames.Named.Length + 1)..], cancel) is null
                : references.Objects.Contains(hash) && !_there.Contains(hash);
            if (missed)
            {
                done.Add(new(key, item.Length, CollectAction.Restore, "something refers to it again"));
                if (!dry) await inventory.RestoreAsync(key, cancel);
            }
            else if (item.Written < longAgo && !_discarded.Contains(key)) // nothing goes both ways in one run, whatever the clocks say
            {
                done.Add(new(key, item.Length, CollectAction.Purge, $"it has lain in the trash since {item.Written:yyyy-MM-dd HH:mm}Z"));
                if (!dry) await inventory.PurgeAsync(key, longAgo, cancel);
            }
        }
    }

    private void Discarded(StoredItem item, string reason)
    {
        _discarded.Add(item.Key);
        done.Add(new(item.Key, item.Length, CollectAction.Discard, reason));
    }

    private async Task<ShardResult?> ReadAsync(ContentHash key, CancellationToken cancel)
    {
        try
        {
            return await store.GetNamedAsync(InputKey.ResultName(key), cancel) is { } bytes ? ShardResult.Parse(bytes) : null;
        }
        catch (Exception e) when (e is FormatException or System.Text.Json.JsonException)
        {
            return null; // not ours to judge
        }
    }

    private static ContentHash HashOf(string key) => ContentHash.Parse(key[(key.LastIndexOf('/') + 1)..]);
}
