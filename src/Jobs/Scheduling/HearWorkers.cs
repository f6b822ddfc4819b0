using System.Collections.Concurrent;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using PortraitGen.Domain.Campaigns;
using PortraitGen.Jobs.Data;
using PortraitGen.Jobs.Hosting;
using PortraitGen.Jobs.Messaging;

namespace PortraitGen.Jobs.Scheduling;

/// <summary>Which start of each worker was heard of last; spares asking the database at each question.</summary>
public sealed class KnownWorkers
{
    internal ConcurrentDictionary<string, Guid> Boots { get; } = new();
}

/// <summary>Takes what workers say of themselves and of the shards they have.</summary>
public sealed partial class HearWorkers(
    JobsDb db, FailShard failShard, KnownWorkers known, ProgressThrottle throttle, JobsOptions options, TimeProvider clock, ILogger<HearWorkers> logger)
{
    /// <summary>May this run go? A shard that nobody knows is dropped.</summary>
    public async Task<ShardVerdict> AnswerAsync(AskShard ask, CancellationToken cancel)
    {
        if (!known.Boots.TryGetValue(ask.Worker, out var boot) || boot != ask.BootId) await AliveAsync(ask.Worker, ask.BootId, null, cancel);
        db.ChangeTracker.Clear();
        await using var write = await db.BeginWriteAsync(cancel);
        if (await db.LockShardAsync(new(ask.ShardId), cancel) is not { } shard) return new(false, "nobody knows it");
        var now = clock.GetUtcNow();
        if (shard.Ask(ask.Attempt, ask.Worker, ask.BootId, ask.Redelivered, now, options.HeartbeatPatience) is { } reason)
        {
            LogDropped(ask.ShardId, ask.Worker, reason);
            return new(false, reason);
        }

        db.Attempts.Add(new(Guid.CreateVersion7(now), shard.Id, shard.JobId, ask.Attempt, ask.Worker, ask.BootId, now));
        await db.SaveChangesAsync(cancel);
        await write.CommitAsync(cancel);
        return new(true, "");
    }

    public async Task BeatAsync(ShardProgress beat, CancellationToken cancel)
    {
        await using var write = await db.BeginWriteAsync(cancel);
        var now = clock.GetUtcNow();
        if (await db.LockJobAsync(new(beat.JobId), cancel) is not { } job) return;
        if (await db.LockShardAsync(new(beat.ShardId), cancel) is not { } shard) return;
        if (!shard.Beat(beat.Attempt, beat.Worker, beat.BootId, beat.Fraction, beat.Text, now)) return;
        if (throttle.Passes(job.Id, now)) db.Events.Add(ProgressEvent.Of(job, shard, now));
        await db.SaveChangesAsync(cancel);
        await write.CommitAsync(cancel);
    }

    /// <summary>A sign of life. A new boot id under a known name proves that the process before it is dead.</summary>
    public async Task AliveAsync(string worker, Guid bootId, int? slots, CancellationToken cancel)
    {
        db.ChangeTracker.Clear();
        var now = clock.GetUtcNow();
        Guid? dead = null;
        await using (var write = await db.BeginWriteAsync(cancel))
        {
            if (await db.Workers.FirstOrDefaultAsync(w => w.Name == worker, cancel) is { } record) dead = record.Seen(bootId, slots, now);
            else db.Workers.Add(new(worker, bootId, slots ?? 1, now));
            await db.SaveChangesAsync(cancel);
            await write.CommitAsync(cancel);
        }

        if (dead is { } boot) await BuryAsync(worker, boot, cancel);
        known.Boots[worker] = bootId;
    }

    public async Task LeavingAsync(WorkerLeaving leaving, CancellationToken cancel)
    {
        await using var write = await db.BeginWriteAsync(cancel);
        if (await db.Workers.FirstOrDefaultAsync(w => w.Name == leaving.Worker, cancel) is not { } record) return;
        if (!record.Leave(leaving.BootId, clock.GetUtcNow())) return;
        await db.SaveChangesAsync(cancel);
        await write.CommitAsync(cancel);
    }

    private async Task BuryAsync(string worker, Guid boot, CancellationToken cancel)
    {
        var open = await db.Attempts.AsNoTracking().Where(a => a.Worker == worker && a.BootId == boot && a.EndedAt == null).ToListAsync(cancel);
        LogDied(worker, open.Count);
        foreach (var attempt in open)
        {
            db.ChangeTracker.Clear();
            await failShard.RunnerDiedAsync(attempt, cancel);
        }
    }

    [LoggerMessage(1041, LogLevel.Information, "Dropped shard {ShardId} on {Worker}: {Reason}")]
    private partial void LogDropped(Guid shardId, string worker, string reason);

    [LoggerMessage(1042, LogLevel.Warning, "Worker {Worker} came back without a goodbye: its process died with {Count} unfinished runs")]
    private partial void LogDied(string worker, int count);
}
