using PortraitGen.Domain.Artifacts;
using PortraitGen.Domain.Bench;
using PortraitGen.Domain.Campaigns;
using PortraitGen.Domain.Rewards;
using PortraitGen.Jobs.Inversion;
using PortraitGen.Jobs.Planning;

namespace PortraitGen.Jobs.Bench;

/// <summary>A few images after each epoch, for the same prompts and noise each time: what a person looks at.</summary>
public static class Previews
{
    public static ShardPlan Shard(CampaignSpec spec, EncodedDataset dataset, ContentHash? policy, IReadOnlyList<RewardRef> rewards)
    {
        var captions = Enumerable.Range(0, spec.Benchmark.Previews).Select(i => dataset.HeldoutCaptions[i % dataset.HeldoutCaptions.Count]).ToArray();
        return new(ShardKinds.Benchmark, DomainJson.ToNode(new SampleInput(ContentHash.Parse(spec.Base), policy, spec.Lora, captions, "preview", 0,
            (ulong)spec.Seed, spec.Benchmark.Steps, spec.Sampler.Shift, rewards, AsPng: true, spec.Profile)));
    }

    /// <summary><c>epoch-003/sample-1.png</c> and so on.</summary>
    public static Dictionary<string, ArtifactRef> Artifacts(int epoch, ShardResult result) =>
        result.Outputs.Where(o => o.Key.StartsWith("image-", StringComparison.Ordinal)).ToDictionary(o => $"epoch-{epoch:D3}/sample-{o.Key["image-".Length..]}.png", o => o.Value);
}
