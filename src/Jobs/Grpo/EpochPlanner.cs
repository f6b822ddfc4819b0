using PortraitGen.Domain.Artifacts;
using PortraitGen.Domain.Campaigns;
using PortraitGen.Domain.Grpo;
using PortraitGen.Jobs.Campaigns;
using PortraitGen.Jobs.Planning;

namespace PortraitGen.Jobs.Grpo;

/// <summary>The stages of one GRPO epoch: roll out, score, then gradient and update for each optimiser step, refresh, preview.</summary>
/// <remarks>Every decision depends on the spec, the epoch's number and stored results alone, so that a repeated plan is the same plan.</remarks>
public sealed class EpochPlanner : IJobPlanner
{
    public string Kind => JobKinds.GrpoEpoch;

    public Task<PlanStep> NextAsync(JobProgress progress, CancellationToken cancel)
    {
        var epoch = new EpochStages(progress);
        var names = epoch.Names().ToArray();
        PlanStep next = progress.Stages.Count == names.Length ? epoch.Done() : new PlanStep.Stage(names[progress.Stages.Count], epoch.Shards(names[progress.Stages.Count]));
        return Task.FromResult(next);
    }
}
