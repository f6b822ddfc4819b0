using System.Text.Json.Nodes;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using PortraitGen.Domain.Campaigns;
using PortraitGen.Jobs.Data;
using PortraitGen.Jobs.Hosting;
using PortraitGen.Jobs.Messaging;

namespace PortraitGen.Jobs.Scheduling;

/// <summary>Takes a report of a run that ended without a result, or of a worker process that died: tries again, parks, or fails the job.</summary>
public sealed partial class FailShard(
    JobsDb db, FailJob failJob, Orchestration orchestration, JobsOptions options, TimeProvider clock, ILogger<FailShard> logger)
{
    public Task RunAsync(ShardFailed report, CancellationToken cancel) => ApplyAsync(
        new(report.JobId), new(report.ShardId), report.BootId, report.FailureClass,
        (shard, now) => shard.FailRun(report.BootId, report.FailureClass, report.Reason, report.Stack, report.DeviceSeconds, options.Budgets, now), cancel);

    /// <summary>A worker process is dead that had an unfinished run of the shard.</summary>
    public Task RunnerDiedAsync(ShardAttempt attempt, CancellationToken cancel) => ApplyAsync(
        attempt.JobId, attempt.ShardId, attempt.BootId, "died", (shard, now) => shard.RunnerDied(attempt.BootId, options.Budgets, now), cancel);

    private async Task ApplyAsync(
        JobId jobId, ShardId shardId, Guid bootId, string outcome, Func<Shard, DateTimeOffset, FailureVerdict?> report, CancellationToken cancel)
    {
        var now = clock.GetUtcNow();
        Guid[] running = [];
        string reason = "";
        var campaignId = await db.Jobs.Where(j => j.Id == jobId).Select(j => j.CampaignId).FirstOrDefaultAsync(cancel);
        await using (var write = await db.BeginWriteAsync(cancel))
        {
            if (await db.LockCampaignAsync(campaignId, cancel) is not { } campaign) return;
            var job = (await db.LockJobAsync(jobId, cancel))!;
            if (await db.LockShardAsync(shardId, cancel) is not { } shard) return;
            int ended = await db.Attempts.Where(a => a.ShardId == shardId && a.BootId == bootId && a.EndedAt == null)
                .ExecuteUpdateAsync(set => set.SetProperty(a => a.EndedAt, now).SetProperty(a => a.Outcome, outcome), cancel);
            if (outcome == "died" && ended == 0) return; // somebody counted this death before
            string? worker = shard.Worker;
            var verdict = report(shard, now);
            reason = shard.FailureReason ?? "";

            // A shard that would be tried again has nobody to be tried for once its job has ended.
            if (verdict is FailureVerdict.Retry && job.State.IsTerminal() && shard.State is ShardState.Pending) shard.Cancel(now);
            if (verdict is { } what)
            {
                string kind = shard.State is ShardState.Parked ? EventKinds.ShardParked : what is FailureVerdict.Retry ? EventKinds.ShardRetried : EventKinds.ShardFailed;
                db.Events.Add(EventLog.Of(job, shard, kind, now, new JsonObject
                {
                    ["class"] = outcome == "died" ? "died" : shard.FailureClass,
                    ["reason"] = shard.FailureReason,
                    ["worker"] = worker,
                    ["deaths"] = shard.Deaths,
                }));
                LogEnded(shardId.Value, job.Name, worker, outcome, what, shard.FailureReason);
            }

            if (verdict is FailureVerdict.FailJob)
            {
                await db.SaveChangesAsync(cancel);
                running = await failJob.ApplyAsync(campaign, jobId, shard.FailureClass!, reason, shard.FailureStack, cancel);
            }

            await db.SaveChangesAsync(cancel);
            await write.CommitAsync(cancel);
        }

        await failJob.StopAsync(running, reason, cancel);
        orchestration.Advance(campaignId);
    }

    [LoggerMessage(1031, LogLevel.Warning, "Shard {ShardId} of {Job} on {Worker} ended as {Outcome}: {Verdict}. {Reason}")]
    private partial void LogEnded(Guid shardId, string job, string? worker, string outcome, FailureVerdict verdict, string? reason);
}
