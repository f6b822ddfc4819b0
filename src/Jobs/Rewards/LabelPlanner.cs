using System.Text.Json.Nodes;
using PortraitGen.Domain.Artifacts;
using PortraitGen.Domain.Campaigns;
using PortraitGen.Domain.Rewards;
using PortraitGen.Jobs.Inversion;
using PortraitGen.Jobs.Planning;

namespace PortraitGen.Jobs.Rewards;

/// <summary>What the <c>label</c> job leaves: stored labelled images.</summary>
public sealed record LabelledSet(IReadOnlyList<ContentHash> Files);

/// <summary>One stage: for each of up to 256 training portraits a sample of the base with its caption, and a corrupted copy.</summary>
public sealed class LabelPlanner : IJobPlanner
{
    private const int Most = 256;

    public string Kind => JobKinds.Label;

    public Task<PlanStep> NextAsync(JobProgress progress, CancellationToken cancel)
    {
        var spec = DomainJson.Read<CampaignSpec>(progress.Spec);
        return Task.FromResult<PlanStep>(progress.Stages.Count == 0 ? Label(spec, progress) : Finish(progress));
    }

    private static PlanStep.Stage Label(CampaignSpec spec, JobProgress progress)
    {
        var dataset = DomainJson.Read<EncodedDataset>(progress.Outputs[JobKinds.Invert]);
        var parts = dataset.Train.Take(Most).Chunk(spec.Profile.ImagesPerShard);
        return new("label", [.. parts.Select((part, i) => new ShardPlan(ShardKinds.Label, DomainJson.ToNode(new LabelInput(
            ContentHash.Parse(spec.Base), [.. part.Select(e => e.Caption)], [.. part.Select(e => e.Latent)], i * spec.Profile.ImagesPerShard,
            (ulong)spec.Seed, spec.Sampler.Steps, spec.Sampler.Shift, spec.Profile))))]);
    }

    private static PlanStep.Done Finish(JobProgress progress) =>
        new(DomainJson.ToNode(new LabelledSet([.. progress.Stages[0].Results.Select(r => r.Output("labelled").Hash)])));
}
