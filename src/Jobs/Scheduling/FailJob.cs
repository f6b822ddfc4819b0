using Microsoft.Extensions.Logging;
using PortraitGen.Domain.Campaigns;
using PortraitGen.Jobs.Data;
using PortraitGen.Jobs.Messaging;

namespace PortraitGen.Jobs.Scheduling;

/// <summary>Fails a job and with it its campaign: what waits is cancelled, what runs is asked to stop.</summary>
public sealed partial class FailJob(JobsDb db, IShardBus bus, TimeProvider clock, ILogger<FailJob> logger)
{
    /// <summary>Always false, for callers that go on while something is true.</summary>
    public async Task<bool> RunAsync(Job seen, string failureClass, string reason, string? details, CancellationToken cancel)
    {
        db.ChangeTracker.Clear();
        Guid[] running;
        await using (var write = await db.BeginWriteAsync(cancel))
        {
            if (await db.LockCampaignAsync(seen.CampaignId, cancel) is not { } campaign) return false;
            running = await ApplyAsync(campaign, seen.Id, failureClass, reason, details, cancel);
            await db.SaveChangesAsync(cancel);
            await write.CommitAsync(cancel);
        }

        await StopAsync(running, reason, cancel);
        return false;
    }

    /// <summary>The part inside the transaction. The caller holds the campaign's lock, saves and commits, and then calls <see cref="StopAsync"/>.</summary>
    /// <returns>The shards that still run.</returns>
    internal async Task<Guid[]> ApplyAsync(Campaign campaign, JobId id, string failureClass, string reason, string? details, CancellationToken cancel)
    {
        var now = clock.GetUtcNow();
        var jobs = await db.LockLiveJobsAsync(campaign.Id, cancel);
        if (jobs.FirstOrDefault(j => j.Id == id) is not { } job || !job.Fail(now, failureClass, reason)) return [];
        foreach (var other in jobs) other.Cancel(now);
        var shards = await db.LockLiveShardsAsync(campaign.Id, cancel);
        foreach (var shard in shards.Where(s => s.State is ShardState.Pending or ShardState.Dispatched)) shard.Cancel(now);
        db.Events.Add(EventLog.Of(job, EventKinds.JobFailed, now, new() { ["class"] = failureClass, ["reason"] = reason, ["details"] = details }));
        if (campaign.Fail(now, failureClass, $"{job.Name}: {reason}"))
            db.Events.Add(EventLog.Of(campaign.Id, null, EventKinds.CampaignFailed, now, new() { ["class"] = failureClass, ["reason"] = $"{job.Name}: {reason}" }));
        LogFailed(job.Name, campaign.Id.Value, failureClass, reason);
        return [.. shards.Where(s => s.State is ShardState.Running).Select(s => s.Id.Value)];
    }

    internal Task StopAsync(Guid[] running, string reason, CancellationToken cancel) =>
        running.Length == 0 ? Task.CompletedTask : bus.StopAsync(new(running, reason), cancel);

    [LoggerMessage(1011, LogLevel.Error, "Job {Job} of campaign {CampaignId} failed ({FailureClass}): {Reason}")]
    private partial void LogFailed(string job, Guid campaignId, string failureClass, string reason);
}
