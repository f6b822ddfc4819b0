using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using PortraitGen.Domain.Artifacts;
using PortraitGen.Domain.Campaigns;
using PortraitGen.Jobs.Data;
using PortraitGen.Jobs.Messaging;

namespace PortraitGen.Jobs.Scheduling;

/// <summary>Takes a worker's result. The first valid one wins; a repeat changes nothing; a contrary one is an alarm.</summary>
public sealed partial class CompleteShard(
    JobsDb db, Orchestration orchestration, ProgressThrottle throttle, TimeProvider clock, ILogger<CompleteShard> logger)
{
    /// <returns>Whether this report was the one that was taken.</returns>
    public async Task<bool> RunAsync(ShardCompleted report, CancellationToken cancel)
    {
        if (!ContentHash.TryParse(report.ResultHash, out var result))
        {
            LogUnusable(report.ShardId, report.Worker);
            return false;
        }

        var now = clock.GetUtcNow();
        bool won, last;
        CampaignId campaign;
        JobState state;
        await using (var write = await db.BeginWriteAsync(cancel))
        {
            if (await db.LockJobAsync(new(report.JobId), cancel) is not { } job) return false;
            if (await db.LockShardAsync(new(report.ShardId), cancel) is not { } shard || shard.InputKey.Hex != report.InputKey)
            {
                LogUnusable(report.ShardId, report.Worker);
                return false;
            }

            won = shard.Succeed(result, report.DeviceSeconds, now);
            last = won && job.ShardSucceeded(shard.Stage);
            if (shard.Contradicts(result)) Alarm(job, shard, report, report.ResultHash, now);
            if (report.ContraryHash is { } contrary) Alarm(job, shard, report, contrary, now);
            if (won && throttle.Passes(job.Id, now)) db.Events.Add(ProgressEvent.Of(job, shard, now));
            await db.SaveChangesAsync(cancel);
            await db.Attempts.Where(a => a.ShardId == shard.Id && a.BootId == report.BootId && a.EndedAt == null)
                .ExecuteUpdateAsync(set => set.SetProperty(a => a.EndedAt, now).SetProperty(a => a.Outcome, "succeeded"), cancel);
            await write.CommitAsync(cancel);
            (campaign, state) = (job.CampaignId, job.State);
        }

        if (last || (won && state is not JobState.Running)) orchestration.Advance(campaign);
        else orchestration.Dispatch();
        return won;
    }

    private void Alarm(Job job, Shard shard, ShardCompleted report, string contrary, DateTimeOffset now)
    {
        LogContrary(shard.Id.Value, shard.InputKey.Hex, shard.ResultHash?.Hex ?? "none", contrary, report.Worker);
        db.Events.Add(EventLog.Of(job, shard, EventKinds.Nondeterminism, now, new()
        {
            ["key"] = shard.InputKey.Hex,
            ["taken"] = shard.ResultHash?.Hex,
            ["contrary"] = contrary,
            ["worker"] = report.Worker,
        }));
    }

    [LoggerMessage(1021, LogLevel.Error, "Equal inputs gave different results: shard {ShardId}, key {Key}, taken {Taken}, contrary {Contrary} from {Worker}")]
    private partial void LogContrary(Guid shardId, string key, string taken, string contrary, string worker);

    [LoggerMessage(1022, LogLevel.Warning, "A result for shard {ShardId} from {Worker} names an unknown shard, another input key or no hash; it is left aside")]
    private partial void LogUnusable(Guid shardId, string worker);
}
