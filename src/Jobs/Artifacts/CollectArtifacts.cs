using Microsoft.Extensions.Logging;
using PortraitGen.Domain.Artifacts;
using PortraitGen.Jobs.Data;

namespace PortraitGen.Jobs.Artifacts;

/// <summary>What becomes of something in the store.</summary>
public enum CollectAction { Discard, Restore, Purge, Abort }

/// <param name="Key">Its whole key.</param>
/// <param name="Reason">In words.</param>
public sealed record Collected(string Key, long Length, CollectAction Action, string Reason);

/// <summary>Clears the store of what nothing needs any more: result indexes first, then objects, into the trash; then old trash and unfinished uploads for good.</summary>
/// <remarks>
/// Marks from rows, result indexes and manifests (<see cref="References"/>), sweeps by age, and marks again what came since before each batch.
/// What slips through all the same (a worker that is just finding an index that goes) lies in the trash, where every read looks, for longer than a shard can run;
/// the next run finds it referred to and puts it back.
/// </remarks>
public sealed partial class CollectArtifacts(JobsDb db, IArtifactStore store, TimeProvider clock, ILogger<CollectArtifacts> logger)
{
    /// <param name="dry">Nothing is changed: what would be done is listed.</param>
    public async Task<IReadOnlyList<Collected>> RunAsync(RetentionOptions options, bool dry, CancellationToken cancel)
    {
        if (store is not IArtifactInventory inventory) return [];
        var began = clock.GetUtcNow();
        var references = new References(db, store, options, clock);
        await references.MarkAsync(null, cancel);

        var done = new List<Collected>();
        var before = began - options.Grace;
        var sweep = new StoreSweep(store, inventory, references, before, dry, done, clock);
        await sweep.ObjectsAsync(cancel);
        await sweep.ResultsAsync(began, cancel);
        await sweep.DiscardAsync(began, cancel);
        await sweep.TrashAsync(began - options.Trash, cancel);
        await foreach (var upload in inventory.UploadsAsync(cancel))
        {
            if (upload.Begun >= began - options.Uploads) continue;
            done.Add(new(upload.Key, upload.Length, CollectAction.Abort, $"an upload begun on {upload.Begun:yyyy-MM-dd} that was never finished"));
            if (!dry) await inventory.AbortAsync(upload, cancel);
        }

        if (!dry) LogCollected(store.Describe(), done.Count(c => c.Action is CollectAction.Discard), done.Count(c => c.Action is CollectAction.Purge), done.Where(c => c.Action is CollectAction.Purge or CollectAction.Abort).Sum(c => c.Length));
        return done;
    }

    [LoggerMessage(1421, LogLevel.Information, "Collected in {Store}: {Discarded} things went into the trash, {Purged} out of it; {Bytes} bytes are free again")]
    private partial void LogCollected(string store, int discarded, int purged, long bytes);
}
