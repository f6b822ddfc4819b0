using System.Text.Json.Nodes;
using PortraitGen.Domain.Artifacts;
using PortraitGen.Domain.Campaigns;
using PortraitGen.Domain.Rewards;
using PortraitGen.Jobs.Inversion;
using PortraitGen.Jobs.Planning;

namespace PortraitGen.Jobs.Rewards;

/// <summary>What the <c>label</c> job leaves: stored labelled images, and the works that made them.</summary>
public sealed record LabelledSet(IReadOnlyList<ContentHash> Files, IReadOnlyList<WorkRef>? Works = null);

/// <summary>One stage: for each training portrait, up to a limit, a sample of the base with its caption, and a corrupted copy.</summary>
public sealed class LabelPlanner : IJobPlanner
{
    public string Kind => JobKinds.Label;

    public Task<PlanStep> NextAsync(JobProgress progress, CancellationToken cancel)
    {
        var spec = DomainJson.Read<CampaignSpec>(progress.Spec);
        return Task.FromResult<PlanStep>(progress.Stages.Count == 0 ? Label(spec, progress) : Finish(progress));
    }

    private static PlanStep.Stage Label(CampaignSpec spec, JobProgress progress)
    {
        var dataset = DomainJson.Read<EncodedDataset>(progress.Outputs[JobKinds.Invert]);
        var parts = dataset.Train.Take(LabelInput.MostPortraits).Chunk(spec.Profile.ImagesPerShard);
        return new("label", [.. parts.Select((part, i) => new ShardPlan(ShardKinds.Label, DomainJson.ToNode(new LabelInput(
            ContentHash.Parse(spec.Base), [.. part.Select(e => e.Caption)], [.. part.Select(e => e.Latent)], i * spec.Profile.ImagesPerShard,
            (ulong)spec.Seed, spec.Sampler.Ode(spec.Sampler.Steps), spec.Profile, dataset.PromptsOf(part.Select(e => e.Caption), spec.Sampler.Ode(spec.Sampler.Steps))))))]);
    }

    private static PlanStep.Done Finish(JobProgress progress) =>
        new(DomainJson.ToNode(new LabelledSet([.. progress.Stages[0].Results.Select(r => r.Output("labelled").Hash)], progress.Stages[0].Works)));
}
