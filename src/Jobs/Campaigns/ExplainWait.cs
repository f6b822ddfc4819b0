using Microsoft.EntityFrameworkCore;
using PortraitGen.Domain.Campaigns;
using PortraitGen.Domain.Scheduling;
using PortraitGen.Jobs.Data;
using PortraitGen.Jobs.Scheduling;

namespace PortraitGen.Jobs.Campaigns;

/// <summary>Why a job is where it is.</summary>
/// <param name="Job">The job that was asked for, or the campaign's current one; null when it has none left.</param>
/// <param name="Waiting">Shards of the stage in hand that wait.</param>
/// <param name="InFlight">Shards of it that are with workers, or on their way.</param>
/// <param name="Estimate">Null where nothing can be said.</param>
public sealed record WaitExplanation(Campaign Campaign, Job? Job, int Waiting, int InFlight, IReadOnlyList<WaitReason> Reasons, WaitEstimate? Estimate);

/// <summary>Says in words why a job or a campaign waits, by the scheduler's own state.</summary>
public sealed class ExplainWait(JobsDb db, ReadSchedule schedule, TimeProvider clock)
{
    public async Task<WaitExplanation?> JobAsync(JobId id, CancellationToken cancel) =>
        await db.Jobs.AsNoTracking().FirstOrDefaultAsync(j => j.Id == id, cancel) is { } job
            ? await OfAsync(await db.Campaigns.AsNoTracking().FirstAsync(c => c.Id == job.CampaignId, cancel), job, cancel)
            : null;

    /// <summary>Of the campaign's current job.</summary>
    public async Task<WaitExplanation?> CampaignAsync(CampaignId id, CancellationToken cancel) =>
        await db.Campaigns.AsNoTracking().FirstOrDefaultAsync(c => c.Id == id, cancel) is { } campaign
            ? await OfAsync(campaign, await db.CurrentJobAsync(id, cancel), cancel)
            : null;

    private async Task<WaitExplanation> OfAsync(Campaign campaign, Job? job, CancellationToken cancel)
    {
        WaitExplanation Because(string code, string text) => new(campaign, job, 0, 0, [new(code, text)], null);
        if (job is null || job.State.IsTerminal() || campaign.State.IsTerminal())
            return Because(WaitCodes.Ended, job is null || !job.State.IsTerminal() ? $"The campaign has ended: it is {Word(campaign.State)}." : $"The job has ended: it is {Word(job.State)}.");
        if (campaign.State is not (CampaignState.Queued or CampaignState.Running)) return Because(WaitCodes.Held, $"The campaign is {Word(campaign.State)}: nothing of it starts.");
        if (await db.CurrentJobAsync(campaign.Id, cancel) is { } current && current.Id != job.Id)
        {
            var before = await OfAsync(campaign, current, cancel);
            return new(campaign, job, 0, 0, [new(WaitCodes.Turn, $"It is not its turn: the jobs of a campaign run one after the other, and '{current.Name}' comes before it ({job.Ordinal - current.Ordinal} to go). "
                + $"Of that job:"), .. before.Reasons], null);
        }

        if (job.State is JobState.Planned || job.Remaining == 0) return Because(WaitCodes.Planning, "Its next shards are being planned.");
        return await OfShardsAsync(campaign, job, cancel);
    }

    private async Task<WaitExplanation> OfShardsAsync(Campaign campaign, Job job, CancellationToken cancel)
    {
        var now = clock.GetUtcNow();
        var state = await schedule.RunAsync(now, cancel);
        var queue = state.Find(campaign.Id);
        int flying = queue?.InFlight ?? 0;
        if (queue is { Waiting: > 0 })
            return new(campaign, job, queue.Waiting, flying, Explain.Why(state, queue, now), Explain.When(state, queue, now));

        // None that may go, so the ones that wait are few: they failed before.
        var paused = await db.Shards.Where(s => s.CampaignId == campaign.Id && s.State == ShardState.Pending && s.NotBefore > now).Select(s => s.NotBefore).ToListAsync(cancel);
        var reason = paused.Count > 0
            ? new WaitReason(WaitCodes.Pause, $"{paused.Count} of its shards failed and {(paused.Count == 1 ? "pauses" : "pause")} before the next try, which is due in {(paused.Min()!.Value - now).TotalSeconds:0} s.")
            : flying > 0 ? new(WaitCodes.InFlight, $"Nothing of it waits: the last {flying} of the stage's {job.StageSize} shards are with workers.")
            : new WaitReason(WaitCodes.Planning, "Its next shards are being planned.");
        return new(campaign, job, paused.Count, flying, [reason], null);
    }

    private static string Word<T>(T state) where T : struct, Enum => state.ToString().ToLowerInvariant();
}
