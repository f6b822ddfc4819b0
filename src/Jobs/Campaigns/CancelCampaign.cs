using Microsoft.EntityFrameworkCore;
using PortraitGen.Domain.Campaigns;
using PortraitGen.Jobs.Data;
using PortraitGen.Jobs.Messaging;
using PortraitGen.Jobs.Scheduling;

namespace PortraitGen.Jobs.Campaigns;

public enum Cancellation { Requested, AlreadyEnded, NotFound }

/// <summary>Stops a campaign: what waits is cancelled at once, what runs is asked to stop at its next safe point.</summary>
public sealed class CancelCampaign(JobsDb db, IShardBus bus, Orchestration orchestration, TimeProvider clock)
{
    public async Task<Cancellation> RunAsync(CampaignId id, string reason, CancellationToken cancel)
    {
        var now = clock.GetUtcNow();
        Guid[] running;
        await using (var write = await db.BeginWriteAsync(cancel))
        {
            if (await db.LockCampaignAsync(id, cancel) is not { } campaign) return Cancellation.NotFound;
            if (campaign.State is CampaignState.Cancelling) return Cancellation.Requested;
            var jobs = await db.LockLiveJobsAsync(id, cancel);
            if (!campaign.RequestCancel(reason)) return Cancellation.AlreadyEnded;

            foreach (var job in jobs) job.Cancel(now);
            var shards = await db.LockLiveShardsAsync(id, cancel);
            foreach (var shard in shards.Where(s => s.State is not ShardState.Running)) shard.Cancel(now);
            running = [.. shards.Where(s => s.State is ShardState.Running).Select(s => s.Id.Value)];
            db.Events.Add(EventLog.Of(id, null, EventKinds.CancelRequested, now, new() { ["reason"] = reason, ["running"] = running.Length }));
            await db.SaveChangesAsync(cancel);
            await write.CommitAsync(cancel);
        }

        if (running.Length > 0) await bus.StopAsync(new StopShards(running, reason), cancel);
        orchestration.Advance(id);
        return Cancellation.Requested;
    }
}
