using PortraitGen.Domain.Campaigns;
using PortraitGen.Jobs.Data;
using PortraitGen.Jobs.Scheduling;

namespace PortraitGen.Jobs.Campaigns;

public enum Redriving { Done, NotFailed, NotFound }

/// <summary>Has a failed job tried again where it failed, parked shards too, after a person removed the cause. What succeeded stays.</summary>
public sealed class RedriveJob(JobsDb db, Orchestration orchestration, TimeProvider clock)
{
    public async Task<Redriving> RunAsync(JobId id, CancellationToken cancel)
    {
        if (await db.Jobs.FindAsync([id], cancel) is not { CampaignId: var campaignId }) return Redriving.NotFound;
        db.ChangeTracker.Clear();
        await using (var write = await db.BeginWriteAsync(cancel))
        {
            var campaign = (await db.LockCampaignAsync(campaignId, cancel))!;
            var jobs = await db.LockJobsAsync(campaignId, cancel);
            var job = jobs.Single(j => j.Id == id);
            var shards = await db.LockStageAsync(id, job.Stage, cancel);
            int remaining = shards.Count(s => s.State is not ShardState.Succeeded);
            if (campaign.State is not CampaignState.Failed || !job.Redrive(remaining) || !campaign.Redrive()) return Redriving.NotFailed;
            int again = shards.Count(s => s.Redrive());
            foreach (var later in jobs.Where(j => j.Ordinal > job.Ordinal)) later.PlanAgain();
            db.Events.Add(EventLog.Of(job, EventKinds.JobRedriven, clock.GetUtcNow(), new() { ["shards"] = again }));
            await db.SaveChangesAsync(cancel);
            await write.CommitAsync(cancel);
        }

        orchestration.Advance(campaignId); // where it failed in planning, nothing else would
        orchestration.Dispatch();
        return Redriving.Done;
    }
}
