using System.Collections.Concurrent;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using PortraitGen.Domain.Campaigns;
using PortraitGen.Domain.Scheduling;
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
    JobsDb db, FailShard failShard, Orchestration orchestration, KnownWorkers known, ProgressThrottle throttle, JobsOptions options, TimeProvider clock, ILogger<HearWorkers> logger)
{
    private const string Paused = "its campaign is paused", Superseded = "superseded: a newer message of it is out";

    /// <summary>May this run go? A shard that nobody knows is dropped.</summary>
    public async Task<ShardVerdict> AnswerAsync(AskShard ask, CancellationToken cancel) => (await AnswerAllAsync([ask], cancel))[0];

    /// <summary>Answers in one transaction, each question after the ones before it.</summary>
    public async Task<IReadOnlyList<ShardVerdict>> AnswerAllAsync(IReadOnlyList<AskShard> asks, CancellationToken cancel)
    {
        foreach (var ask in asks)
            if (!known.Boots.TryGetValue(ask.Worker, out var boot) || boot != ask.BootId) await SeenAsync(ask.Worker, ask.BootId, null, null, cancel);
        db.ChangeTracker.Clear();
        var verdicts = new List<ShardVerdict>();
        await using var write = await db.BeginWriteAsync(cancel);
        var shards = (await db.LockShardsAsync([.. asks.Select(a => new ShardId(a.ShardId)).Distinct()], cancel)).ToDictionary(s => s.Id.Value);
        var now = clock.GetUtcNow();
        // Read under the shards' locks: a pause that comes later sees these runs and stops them.
        CampaignId[] campaigns = [.. shards.Values.Select(s => s.CampaignId).Distinct()];
        var paused = (await db.Campaigns.Where(c => campaigns.Contains(c.Id) && c.State == CampaignState.Paused).Select(c => c.Id).ToListAsync(cancel)).ToHashSet();
        ShardId[] ids = [.. shards.Values.Select(s => s.Id)];
        var runs = await db.Attempts.Where(a => ids.Contains(a.ShardId)).ToListAsync(cancel);
        foreach (var ask in asks) verdicts.Add(Answer(ask, shards.GetValueOrDefault(ask.ShardId), paused, runs, now));
        await db.SaveTogetherAsync(cancel);
        await write.CommitAsync(cancel);
        return verdicts;
    }

    private ShardVerdict Answer(AskShard ask, Shard? shard, HashSet<CampaignId> paused, List<ShardAttempt> runs, DateTimeOffset now)
    {
        if (shard is null) return new(false, "nobody knows it");
        if (paused.Contains(shard.CampaignId) && shard.PutOff(ask.Attempt))
        {
            LogDropped(ask.ShardId, ask.Worker, Paused);
            return new(false, Paused);
        }

        // An older message whose run has ended already came again: told from it, a repeat of that run's report would count for this one.
        if (ask.Attempt < shard.Attempt && runs.Exists(a => a.ShardId == shard.Id && a.Attempt == ask.Attempt && a.EndedAt != null))
        {
            LogDropped(ask.ShardId, ask.Worker, Superseded);
            return new(false, Superseded);
        }

        bool twice = shard.State is ShardState.Running && shard.BootId == ask.BootId
            && runs.Exists(a => a.ShardId == shard.Id && a.BootId == ask.BootId && a.Attempt == ask.Attempt && a.EndedAt == null);
        if (shard.Ask(ask.Attempt, ask.Worker, ask.BootId, ask.Redelivered, now, options.HeartbeatPatience) is { } reason)
        {
            LogDropped(ask.ShardId, ask.Worker, reason);
            return new(false, reason);
        }

        if (twice) return new(true, "");
        var run = new ShardAttempt(Guid.CreateVersion7(now), shard.Id, shard.JobId, ask.Attempt, ask.Worker, ask.BootId, now);
        db.Attempts.Add(run);
        runs.Add(run); // a later question of the same batch may ask for it again
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

    /// <summary>What a worker says of itself. When it begins to take shards, those that wait for its like are dispatched.</summary>
    public async Task AliveAsync(WorkerAlive alive, CancellationToken cancel)
    {
        await SeenAsync(alive.Worker, alive.BootId, alive.Slots, alive, cancel);
        if (alive.Slots > 0) orchestration.Dispatch();
    }

    /// <summary>A sign of life of a worker that announces nothing but its slots.</summary>
    public Task AliveAsync(string worker, Guid bootId, int? slots, CancellationToken cancel) => SeenAsync(worker, bootId, slots, null, cancel);

    /// <summary>A new boot id under a known name proves that the process before it is dead.</summary>
    private async Task SeenAsync(string worker, Guid bootId, int? slots, WorkerAlive? said, CancellationToken cancel)
    {
        db.ChangeTracker.Clear();
        var now = clock.GetUtcNow();
        Guid? dead = null;
        bool current = true;
        await using (var write = await db.BeginWriteAsync(cancel))
        {
            var record = await db.LockWorkerAsync(worker, cancel);
            if (record is null)
            {
                // Its first words come on two queues, so maybe at once.
                await db.AddWorkerOnceAsync(new(worker, bootId, slots ?? 0, now), cancel);
                record = (await db.LockWorkerAsync(worker, cancel))!;
            }

            (dead, current) = (record.Seen(bootId, slots, now), record.BootId == bootId);
            if (current && said?.Queue is { } queue) record.Announce(queue, new Capability(said.Device, said.InstructionSet, said.Libtorch, said.MemoryGiB, said.Kinds).ToText());
            await db.SaveChangesAsync(cancel);
            await write.CommitAsync(cancel);
        }

        if (dead is { } boot) await BuryAsync(worker, boot, cancel);
        if (current) known.Boots[worker] = bootId;
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
