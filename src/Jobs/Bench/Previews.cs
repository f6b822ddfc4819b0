using PortraitGen.Domain.Artifacts;
using PortraitGen.Domain.Bench;
using PortraitGen.Domain.Campaigns;
using PortraitGen.Domain.Rewards;
using PortraitGen.Jobs.Inversion;
using PortraitGen.Jobs.Planning;
using PortraitGen.Jobs.Rewards;

namespace PortraitGen.Jobs.Bench;

/// <summary>A few images after each epoch, for the same prompts and noise each time: what a person looks at.</summary>
public static class Previews
{
    /// <summary>The prompts of the previews: held-out captions.</summary>
    public static string[] Captions(CampaignSpec spec, EncodedDataset dataset) =>
        [.. Enumerable.Range(0, spec.Benchmark.Previews).Select(i => dataset.HeldoutCaptions[i % dataset.HeldoutCaptions.Count])];

    public static ShardPlan Shard(CampaignSpec spec, EncodedDataset dataset, ContentHash? policy, IReadOnlyList<RewardRef> rewards)
    {
        var (captions, sampler) = (Captions(spec, dataset), spec.Sampler.Ode(spec.Benchmark.Steps));
        return new(ShardKinds.Benchmark, DomainJson.ToNode(new SampleInput(ContentHash.Parse(spec.Base), policy, spec.Lora, captions, "preview", 0,
            (ulong)spec.Seed, sampler, rewards, AsPng: true, spec.Profile, dataset.PromptsOf(captions, sampler))));
    }

    /// <summary>Mean score by each reward, as series <c>preview/omni</c> and so on: a curve for objectives that roll nothing out, too.</summary>
    public static Dictionary<string, double> Scores(ShardResult result) =>
        TrainRewardPlanner.Names.ToDictionary(n => $"preview/{n}", n => result.Values["scores"]![n]!.AsArray().Average(s => s!.GetValue<double>()));

    /// <summary><c>epoch-003/sample-1.png</c> and so on.</summary>
    public static Dictionary<string, ArtifactRef> Artifacts(int epoch, ShardResult result) =>
        result.Outputs.Where(o => o.Key.StartsWith("image-", StringComparison.Ordinal)).ToDictionary(o => $"epoch-{epoch:D3}/sample-{o.Key["image-".Length..]}.png", o => o.Value);
}
