using PortraitGen.Api.Hosting;
using PortraitGen.Domain.Scheduling;
using PortraitGen.Jobs.Campaigns;

namespace PortraitGen.Api.Campaigns;

/// <summary>Why a job waits, in words. Codes of reasons are stable; their texts are for people.</summary>
/// <param name="Waiting">Shards of the stage in hand that wait.</param>
/// <param name="InFlight">Shards of it that are with workers, or on their way.</param>
/// <param name="Reasons">What blocks outright first.</param>
/// <param name="Estimate">Null where nothing can be said.</param>
public sealed record ExplanationView(
    Guid CampaignId, string Campaign, string Team, string CampaignState, Guid? JobId, string? Job, string? JobState, int Waiting, int InFlight,
    IReadOnlyList<WaitReason> Reasons, WaitEstimate? Estimate)
{
    public static ExplanationView Of(WaitExplanation e) => new(
        e.Campaign.Id.Value, e.Campaign.Name, e.Campaign.Team, Words.Of(e.Campaign.State), e.Job?.Id.Value, e.Job?.Name, e.Job is { } job ? Words.Of(job.State) : null,
        e.Waiting, e.InFlight, e.Reasons, e.Estimate);
}
