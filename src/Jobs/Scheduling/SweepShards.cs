using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using PortraitGen.Domain.Campaigns;
using PortraitGen.Jobs.Data;
using PortraitGen.Jobs.Hosting;
using PortraitGen.Jobs.Messaging;

namespace PortraitGen.Jobs.Scheduling;

/// <summary>Makes up for whatever was lost: overdue shards wait again, and live campaigns with nothing in flight are advanced.</summary>
public sealed partial class SweepShards(
    JobsDb db, IShardBus bus, Orchestration orchestration, RekeyShards rekey, JobsOptions options, TimeProvider clock, ILogger<SweepShards> logger)
{
    private const int MostAtOnce = 1000;

    public async Task RunAsync(CancellationToken cancel)
    {
        var now = clock.GetUtcNow();
        var (silentSince, queuedSince) = (now - options.HeartbeatPatience, now - options.QueuePatience);
        await ReclaimAsync(db.Shards.Where(s =>
            (s.State == ShardState.Running && s.LastHeartbeat < silentSince) || (s.State == ShardState.Dispatched && s.DispatchedAt < queuedSince)), cancel);
        await ReclaimAsync(Unreachable(now), cancel);
        await AdvanceIdleAsync(cancel);
    }

    /// <summary>Dispatched to workers of which none is left: others that fit need not wait until the message is overdue.</summary>
    private IQueryable<Shard> Unreachable(DateTimeOffset now)
    {
        var since = now - ReadSchedule.Heard;
        return db.Shards.Where(s => s.State == ShardState.Dispatched && s.DispatchedAt < since && s.Queue != null
            && !db.Workers.Any(w => (w.Queue ?? ShardQueues.Shards) == s.Queue && w.LastSeen > since && w.LeftAt == null));
    }

    /// <summary>The sweep at a start: what another release planned is made this one's. Where queues do not outlive the process, nothing that was in flight is any more.</summary>
    public async Task RunAtStartAsync(CancellationToken cancel)
    {
        await rekey.RunAsync(cancel);
        db.ChangeTracker.Clear();
        if (!bus.QueuesOutliveProcess)
            await ReclaimAsync(db.Shards.Where(s => s.State == ShardState.Running || s.State == ShardState.Dispatched), cancel);
        await RunAsync(cancel);
    }

    private async Task ReclaimAsync(IQueryable<Shard> overdue, CancellationToken cancel)
    {
        var ids = await overdue.OrderBy(s => s.Id).Select(s => new { s.Id, s.JobId, s.Attempt }).Take(MostAtOnce).ToListAsync(cancel);
        foreach (var jobShards in ids.GroupBy(s => s.JobId))
        {
            db.ChangeTracker.Clear();
            await using var write = await db.BeginWriteAsync(cancel);
            if (await db.LockJobAsync(jobShards.Key, cancel) is not { } job) continue;
            var attempts = jobShards.ToDictionary(s => s.Id, s => s.Attempt);
            var now = clock.GetUtcNow();
            foreach (var shard in await db.LockShardsAsync([.. attempts.Keys], cancel))
            {
                // A sign of life since it was listed would have moved one of these.
                if (shard.Attempt != attempts[shard.Id] || (bus.QueuesOutliveProcess && shard.LastHeartbeat > now - options.HeartbeatPatience)) continue;
                string? worker = shard.Worker;
                if (job.State.IsTerminal() ? !shard.Cancel(now) : !shard.Reclaim()) continue;
                db.Events.Add(EventLog.Of(job, shard, EventKinds.ShardRetried, now, new() { ["class"] = "overdue", ["worker"] = worker }));
                LogOverdue(shard.Id.Value, job.Name, worker);
            }

            await db.SaveChangesAsync(cancel);
            await write.CommitAsync(cancel);
        }
    }

    private async Task AdvanceIdleAsync(CancellationToken cancel)
    {
        var idle = await db.Campaigns.AsNoTracking()
            .Where(c => c.State == CampaignState.Queued || c.State == CampaignState.Running || c.State == CampaignState.Cancelling)
            .Where(c => !db.Shards.Any(s => s.CampaignId == c.Id
                && (s.State == ShardState.Pending || s.State == ShardState.Dispatched || s.State == ShardState.Running)))
            .Select(c => c.Id).ToListAsync(cancel);
        foreach (var id in idle) orchestration.Advance(id);
        orchestration.Dispatch();
    }

    [LoggerMessage(1061, LogLevel.Warning, "Shard {ShardId} of {Job} is overdue on {Worker}; it is dispatched again")]
    private partial void LogOverdue(Guid shardId, string job, string? worker);
}
