using System.Text.Json.Nodes;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using PortraitGen.Domain.Artifacts;
using PortraitGen.Domain.Campaigns;
using PortraitGen.Jobs.Data;

namespace PortraitGen.Jobs.Scheduling;

/// <summary>After an upgrade, gives the unfinished shards of running stages the input keys of this release's engine: their old keys promise bits that its workers do not make.</summary>
/// <remarks>All shards of a stage were planned by one release, so the first unfinished one tells of all.</remarks>
public sealed partial class RekeyShards(JobsDb db, ILogger<RekeyShards> logger)
{
    private const int Batch = 500;

    public async Task RunAsync(CancellationToken cancel)
    {
        foreach (var id in await db.Jobs.AsNoTracking().Where(j => j.State == JobState.Running && j.Remaining > 0).Select(j => j.Id).ToListAsync(cancel))
            if (await Unfinished(id).Take(1).ToListAsync(cancel) is [var first] && KeyOf(first) != first.InputKey) await RekeyAsync(id, cancel);
    }

    private async Task RekeyAsync(JobId id, CancellationToken cancel)
    {
        int count = 0;
        ShardId[] ids = await Unfinished(id).Select(s => s.Id).ToArrayAsync(cancel);
        foreach (var batch in ids.Chunk(Batch))
        {
            db.ChangeTracker.Clear();
            await using var write = await db.BeginWriteAsync(cancel);
            if (await db.LockJobAsync(id, cancel) is null) return;
            foreach (var shard in await db.LockShardsAsync(batch, cancel)) count += shard.Rekey(KeyOf(shard)) ? 1 : 0;
            await db.SaveChangesAsync(cancel);
            await write.CommitAsync(cancel);
        }

        LogRekeyed(count, id.Value, InputKey.EngineVersion);
    }

    private IQueryable<Shard> Unfinished(JobId id) => db.Shards.AsNoTracking()
        .Where(s => s.JobId == id && (s.State == ShardState.Pending || s.State == ShardState.Dispatched || s.State == ShardState.Running)).OrderBy(s => s.Id);

    private static ContentHash KeyOf(Shard shard) => InputKey.Of(shard.Kind, (JsonObject)JsonNode.Parse(shard.Input)!);

    [LoggerMessage(1101, LogLevel.Warning, "{Count} unfinished shards of job {JobId} were planned by another engine; they go on with the keys of engine {Engine}")]
    private partial void LogRekeyed(int count, Guid jobId, int engine);
}
