using PortraitGen.Domain.Campaigns;
using PortraitGen.Jobs.Data;
using PortraitGen.Jobs.Messaging;
using PortraitGen.Jobs.Scheduling;

namespace PortraitGen.Jobs.Campaigns;

public enum Pausing { Done, NotLive, NotFound }

/// <summary>Stops a campaign for a while and lets it go on where it was. Devices are free at the next safe point of what runs.</summary>
public sealed class PauseCampaign(JobsDb db, IShardBus bus, Orchestration orchestration, TimeProvider clock)
{
    /// <summary>What waits goes on waiting, what runs is asked to stop and put back at no cost. Asking again changes nothing.</summary>
    public async Task<Pausing> PauseAsync(CampaignId id, string reason, CancellationToken cancel)
    {
        Guid[] running;
        await using (var write = await db.BeginWriteAsync(cancel))
        {
            if (await db.LockCampaignAsync(id, cancel) is not { } campaign) return Pausing.NotFound;
            if (campaign.State is CampaignState.Paused) return Pausing.Done;
            if (!campaign.Pause()) return Pausing.NotLive;
            running = await PutBackAsync(id, cancel);
            db.Events.Add(EventLog.Of(id, null, EventKinds.CampaignPaused, clock.GetUtcNow(), new() { ["reason"] = reason, ["running"] = running.Length }));
            await db.SaveChangesAsync(cancel);
            await write.CommitAsync(cancel);
        }

        if (running.Length > 0) await bus.StopAsync(new StopShards(running, reason), cancel);
        orchestration.Dispatch(); // others may have the window
        return Pausing.Done;
    }

    /// <summary>Has a paused campaign go on. One that goes on already is left alone.</summary>
    public async Task<Pausing> ResumeAsync(CampaignId id, CancellationToken cancel)
    {
        await using (var write = await db.BeginWriteAsync(cancel))
        {
            if (await db.LockCampaignAsync(id, cancel) is not { } campaign) return Pausing.NotFound;
            if (campaign.State is CampaignState.Queued or CampaignState.Running) return Pausing.Done;
            if (!campaign.Resume()) return Pausing.NotLive;
            await PutBackAsync(id, cancel); // one whose dispatch was marked after its message was dropped
            db.Events.Add(EventLog.Of(id, null, EventKinds.CampaignResumed, clock.GetUtcNow(), []));
            await db.SaveChangesAsync(cancel);
            await write.CommitAsync(cancel);
        }

        orchestration.Advance(id);
        orchestration.Dispatch();
        return Pausing.Done;
    }

    /// <summary>Messages that nobody took yet count no more: their shards wait.</summary>
    /// <returns>What still runs.</returns>
    private async Task<Guid[]> PutBackAsync(CampaignId id, CancellationToken cancel)
    {
        var shards = await db.LockLiveShardsAsync(id, cancel);
        foreach (var shard in shards.Where(s => s.State is ShardState.Dispatched)) shard.Reclaim();
        return [.. shards.Where(s => s.State is ShardState.Running).Select(s => s.Id.Value)];
    }
}
