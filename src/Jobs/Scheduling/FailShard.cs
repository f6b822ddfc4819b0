using System.Text.Json.Nodes;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using PortraitGen.Domain.Artifacts;
using PortraitGen.Domain.Campaigns;
using PortraitGen.Jobs.Data;
using PortraitGen.Jobs.Hosting;
using PortraitGen.Jobs.Messaging;

namespace PortraitGen.Jobs.Scheduling;

/// <summary>Takes a report of a run that ended without a result, or of a worker process that died: tries again, parks, or fails the job.</summary>
public sealed partial class FailShard(
    JobsDb db, FailJob failJob, RepairArtifact repair, ChargeTeams charge, Orchestration orchestration, JobsOptions options, TimeProvider clock, ILogger<FailShard> logger)
{
    private const string Died = "died";

    public async Task RunAsync(ShardFailed report, CancellationToken cancel)
    {
        var maker = ContentHash.TryParse(report.Artifact ?? "", out var artifact) ? await repair.MakerAsync(await CampaignAsync(new(report.JobId), cancel), artifact, cancel) : null;
        if (maker is null && report.FailureClass == FailureClasses.Corrupt) report = report with { FailureClass = FailureClasses.Infra }; // nobody makes it again
        await ApplyAsync(new(report.JobId), new(report.ShardId), report.BootId, report.FailureClass, report.Attempt, (job, shard, now) => shard.FailRun(
            report.Attempt, report.BootId, Class(report, job), report.Reason, report.Stack, report.DeviceSeconds, options.Budgets, now), cancel);

        // After the verdict, as a repair wakes who waits for it; and at each hearing, as this process may have died here at the first.
        if (maker is not null) await repair.RunAsync(maker, artifact, cancel);
    }

    /// <summary>A worker process is dead that had an unfinished run of the shard.</summary>
    public Task RunnerDiedAsync(ShardAttempt attempt, CancellationToken cancel) => ApplyAsync(
        attempt.JobId, attempt.ShardId, attempt.BootId, Died, null, (_, shard, now) => shard.RunnerDied(attempt.BootId, options.Budgets, now), cancel);

    /// <summary>A worker that was told to stop knows not why. While the job lives it was for a pause: the shard is wanted again.</summary>
    private static string Class(ShardFailed report, Job job) =>
        report.FailureClass == FailureClasses.Cancelled && !job.State.IsTerminal() ? FailureClasses.Preempted : report.FailureClass;

    private Task<CampaignId> CampaignAsync(JobId job, CancellationToken cancel) =>
        db.Jobs.Where(j => j.Id == job).Select(j => j.CampaignId).FirstOrDefaultAsync(cancel);

    /// <param name="attempt">The run that reports; null for every unfinished run of a dead process.</param>
    private async Task ApplyAsync(
        JobId jobId, ShardId shardId, Guid bootId, string outcome, int? attempt, Func<Job, Shard, DateTimeOffset, FailureVerdict?> report, CancellationToken cancel)
    {
        var now = clock.GetUtcNow();
        Guid[] running = [];
        string reason = "";
        var campaignId = await CampaignAsync(jobId, cancel);
        await using (var write = await db.BeginWriteAsync(cancel))
        {
            if (await db.LockCampaignAsync(campaignId, cancel) is not { } campaign) return;
            var job = (await db.LockJobAsync(jobId, cancel))!;
            if (await db.LockShardAsync(shardId, cancel) is not { } shard) return;
            if (!await EndRunAsync(shard, bootId, outcome, attempt, now, cancel)) return; // this was heard before
            string? worker = shard.Worker;
            double before = shard.DeviceSeconds;
            var verdict = report(job, shard, now);
            job.Charge(shard.DeviceSeconds - before, succeeded: false);
            reason = shard.FailureReason ?? "";

            // A shard that would be tried again has nobody to be tried for once its job has ended.
            if (verdict is FailureVerdict.Retry && job.State.IsTerminal() && shard.State is ShardState.Pending) shard.Cancel(now);
            if (verdict is { } what)
            {
                string kind = shard.State is ShardState.Parked ? EventKinds.ShardParked : what is FailureVerdict.Retry ? EventKinds.ShardRetried : EventKinds.ShardFailed;
                db.Events.Add(EventLog.Of(job, shard, kind, now, new JsonObject
                {
                    ["class"] = outcome == Died ? Died : shard.FailureClass,
                    ["reason"] = shard.FailureReason,
                    ["worker"] = worker,
                    ["deaths"] = shard.Deaths,
                }));
                LogEnded(outcome is FailureClasses.Preempted or FailureClasses.Cancelled ? LogLevel.Information : LogLevel.Warning, shardId.Value, job.Name, worker, outcome, what, shard.FailureReason);
            }

            if (verdict is FailureVerdict.FailJob)
            {
                await db.SaveChangesAsync(cancel);
                running = await failJob.ApplyAsync(campaign, jobId, shard.FailureClass!, reason, shard.FailureStack, cancel);
            }

            await charge.ApplyAsync(new() { [campaignId] = shard.DeviceSeconds - before }, now, cancel); // a budget is seen to by the advance below
            await db.SaveChangesAsync(cancel);
            await write.CommitAsync(cancel);
        }

        await failJob.StopAsync(running, reason, cancel);
        orchestration.Advance(campaignId);
    }

    /// <summary>Ends the run's record. False when it was ended before: the same report twice costs no second try, the same death no second count.</summary>
    private async Task<bool> EndRunAsync(Shard shard, Guid bootId, string outcome, int? attempt, DateTimeOffset now, CancellationToken cancel)
    {
        var runs = await db.Attempts.Where(a => a.ShardId == shard.Id && a.BootId == bootId && (attempt == null || a.Attempt == attempt)).ToListAsync(cancel);
        int ended = runs.Count(r => r.End(outcome, now));
        if (ended > 0) return true;
        if (runs.Count > 0 || attempt is not { } number) return false;
        // It began while nobody could be asked.
        var unknown = new ShardAttempt(Guid.CreateVersion7(now), shard.Id, shard.JobId, number, shard.Worker ?? "", bootId, now);
        unknown.End(outcome, now);
        db.Attempts.Add(unknown);
        return true;
    }

    [LoggerMessage(EventId = 1031, Message = "Shard {ShardId} of {Job} on {Worker} ended as {Outcome}: {Verdict}. {Reason}")]
    private partial void LogEnded(LogLevel level, Guid shardId, string job, string? worker, string outcome, FailureVerdict verdict, string? reason);
}
