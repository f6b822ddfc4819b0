using PortraitGen.Domain.Artifacts;
using PortraitGen.Domain.Campaigns;
using PortraitGen.Domain.Grpo;
using PortraitGen.Domain.Maths;
using PortraitGen.Jobs.Campaigns;

namespace PortraitGen.Gpu.Tests.Grpo;

public sealed class DeterminismTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public static TheoryData<Objective, ExemplarMethod, AdvantageMode, KernelKind> Modes => new()
    {
        { Objective.Grpo, ExemplarMethod.Fresh, AdvantageMode.Fixed, KernelKind.Cps },
        { Objective.Grpo, ExemplarMethod.Fresh, AdvantageMode.Split, KernelKind.FlowSde },
        { Objective.Grpo, ExemplarMethod.Belm, AdvantageMode.Union, KernelKind.Cps },
        { Objective.Grpo, ExemplarMethod.Belm, AdvantageMode.Fixed, KernelKind.FlowSde },
        { Objective.Grpo, ExemplarMethod.Off, AdvantageMode.Off, KernelKind.DanceSde },
        { Objective.Sft, ExemplarMethod.Fresh, AdvantageMode.Fixed, KernelKind.Cps },
    };

    [Theory, MemberData(nameof(Modes))]
    public async Task A_campaign_has_one_hash_whatever_the_order_of_its_shards_and_the_worker(Objective objective, ExemplarMethod method, AdvantageMode mode, KernelKind kernel)
    {
        using var first = await MicroCampaign.CreateAsync(5, Cancel);
        var spec = first.Spec with
        {
            Objective = objective,
            Exemplars = first.Spec.Exemplars with { Method = method, Advantage = mode },
            Sampler = first.Spec.Sampler with { Kernel = kernel, Noise = kernel is KernelKind.Cps ? 0.8 : 0.5 },
        };
        string hash = await first.HashAsync(spec, null, Cancel);
        using var second = await MicroCampaign.CreateAsync(5, Cancel);
        Assert.Equal(hash, await second.HashAsync(spec, n => Enumerable.Range(0, n).Reverse(), Cancel));
        Assert.NotEqual(PolicyOf(first, hash), PolicyOf(first, await first.HashAsync(spec with { Seed = 6 }, null, Cancel)));
    }

    [Fact]
    public async Task Every_manifest_chains_to_its_parent_down_to_version_0()
    {
        using var campaign = await MicroCampaign.CreateAsync(5, Cancel);
        string hash = await campaign.HashAsync(campaign.Spec, null, Cancel);
        var versions = new List<int>();
        for (ContentHash? at = ContentHash.Parse(hash); at is { } manifest;)
        {
            byte[] bytes = campaign.Read(manifest);
            var read = CheckpointManifest.Read(bytes);
            Assert.Equal(bytes, read.ToBytes());
            Assert.Equal(CanonicalJson.Hash(DomainJson.ToNode(campaign.Spec)), read.Spec);
            Assert.NotNull(read.Work);
            Assert.Equal(read.Version, (int)PortraitGen.Gpu.Grpo.PolicyState.Read(read, average: true, campaign.Read).Steps);
            Assert.Equal(read.Version == 0 ? 0 : 1, read.Gradients.Count); // 4 groups, 2 a slice, 2 steps: one slice a step
            versions.Add(read.Version);
            at = read.Parent;
        }

        Assert.Equal([4, 3, 2, 1, 0], versions);

        var links = await new VerifyCheckpoint(ChainSource.Of(campaign.Store)).RunAsync(ContentHash.Parse(hash), Cancel);
        Assert.All(links, link => Assert.Null(link.Fault));
        Assert.Equal(5, links.Count(l => l.What == "manifest"));
        Assert.Equal(5, links.Count(l => l.What == "policy"));
        Assert.Equal(5, links.Count(l => l.What == "moments"));
        Assert.Equal(3, links.Count(l => l.What == "average")); // of version 0 and of the ends of two epochs
        Assert.Contains(links, l => l.What == "base");
        Assert.Equal(4, links.Count(l => l.What == "gradients[0].exemplar"));
    }

    private static ContentHash PolicyOf(MicroCampaign campaign, string manifest) => CheckpointManifest.Read(campaign.Read(ContentHash.Parse(manifest))).Policy.Hash;
}
