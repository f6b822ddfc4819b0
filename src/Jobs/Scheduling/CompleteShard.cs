using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using PortraitGen.Domain.Artifacts;
using PortraitGen.Domain.Campaigns;
using PortraitGen.Jobs.Data;
using PortraitGen.Jobs.Messaging;

namespace PortraitGen.Jobs.Scheduling;

/// <summary>Takes workers' results. The first valid one of a shard wins; a repeat changes nothing; a contrary one is an alarm.</summary>
public sealed partial class CompleteShard(
    JobsDb db, ChargeTeams charge, Orchestration orchestration, ProgressThrottle throttle, TimeProvider clock, ILogger<CompleteShard> logger)
{
    /// <returns>Whether this report was the one that was taken.</returns>
    public async Task<bool> RunAsync(ShardCompleted report, CancellationToken cancel) => (await RunAsync([report], cancel))[0];

    /// <summary>Takes reports of any shards in one transaction. Each is judged by its own row: a repeat within the batch changes nothing either.</summary>
    /// <returns>For each report whether it was the one that was taken.</returns>
    public async Task<IReadOnlyList<bool>> RunAsync(IReadOnlyList<ShardCompleted> reports, CancellationToken cancel)
    {
        db.ChangeTracker.Clear();
        var now = clock.GetUtcNow();
        bool[] won = new bool[reports.Count];
        var (advance, used) = (new HashSet<CampaignId>(), new Dictionary<CampaignId, double>());
        var repaired = new HashSet<CampaignId>();
        await using (var write = await db.BeginWriteAsync(cancel))
        {
            var jobs = (await db.LockJobsAsync([.. reports.Select(r => new JobId(r.JobId)).Distinct()], cancel)).ToDictionary(j => j.Id.Value);
            ShardId[] ids = [.. reports.Select(r => new ShardId(r.ShardId)).Distinct()];
            var shards = (await db.LockShardsAsync(ids, cancel)).ToDictionary(s => s.Id.Value);
            var runs = (await db.Attempts.AsTracking().Where(a => ids.Contains(a.ShardId) && a.EndedAt == null).ToListAsync(cancel)).ToLookup(a => (a.ShardId.Value, a.BootId));
            for (int i = 0; i < won.Length; i++)
            {
                var report = reports[i];
                if (!ContentHash.TryParse(report.ResultHash, out var result) || !jobs.TryGetValue(report.JobId, out var job)
                    || !shards.TryGetValue(report.ShardId, out var shard) || shard.JobId != job.Id || shard.InputKey.Hex != report.InputKey)
                {
                    LogUnusable(report.ShardId, report.Worker);
                    continue;
                }

                won[i] = shard.Succeed(result, report.DeviceSeconds, now);
                if (won[i]) Count(job, shard, report, now, used, advance);
                // A repeat may be a repair: who waits for it need not wait on.
                else if (shard.ResultHash == result) repaired.Add(job.CampaignId);
                if (shard.Contradicts(result)) Alarm(job, shard, report, report.ResultHash, now);
                if (report.ContraryHash is { } contrary) Alarm(job, shard, report, contrary, now);
                foreach (var run in runs[(report.ShardId, report.BootId)]) run.End("succeeded", now);
            }

            advance.UnionWith(await charge.ApplyAsync(used, now, cancel));
            await db.SaveTogetherAsync(cancel);
            foreach (var campaign in repaired)
                await db.Shards.Where(s => s.CampaignId == campaign && s.State == ShardState.Pending && s.FailureClass == FailureClasses.Corrupt)
                    .ExecuteUpdateAsync(set => set.SetProperty(s => s.NotBefore, (DateTimeOffset?)null), cancel);
            await write.CommitAsync(cancel);
        }

        foreach (var campaign in advance) orchestration.Advance(campaign);
        if (advance.Count == 0) orchestration.Dispatch();
        return won;
    }

    private void Count(Job job, Shard shard, ShardCompleted report, DateTimeOffset now, Dictionary<CampaignId, double> used, HashSet<CampaignId> advance)
    {
        job.Charge(report.DeviceSeconds, succeeded: true);
        used[job.CampaignId] = used.GetValueOrDefault(job.CampaignId) + report.DeviceSeconds;
        if (job.ShardSucceeded(shard.Stage) || job.State is not JobState.Running) advance.Add(job.CampaignId);
        if (throttle.Passes(job.Id, now)) db.Events.Add(ProgressEvent.Of(job, shard, now));
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
