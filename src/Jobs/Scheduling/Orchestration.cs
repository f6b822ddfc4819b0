using Hangfire;
using PortraitGen.Domain.Campaigns;

namespace PortraitGen.Jobs.Scheduling;

/// <summary>Asks for orchestration steps. A request that is lost is made up for by the sweep.</summary>
public sealed class Orchestration(IBackgroundJobClient hangfire, DispatchSignal signal)
{
    /// <summary>Has the campaign moved on as far as it can.</summary>
    public void Advance(CampaignId id) => hangfire.Enqueue<OrchestrationSteps>(steps => steps.AdvanceAsync(id.Value, null!, CancellationToken.None));

    /// <summary>Has waiting shards published as far as the window allows.</summary>
    public void Dispatch() => signal.Raise();
}
