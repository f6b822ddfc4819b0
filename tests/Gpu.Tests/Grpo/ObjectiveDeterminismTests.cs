using PortraitGen.Domain.Artifacts;
using PortraitGen.Domain.Campaigns;
using PortraitGen.Domain.Grpo;
using PortraitGen.Domain.Maths;
using PortraitGen.Jobs.Campaigns;

namespace PortraitGen.Gpu.Tests.Grpo;

/// <summary>What <see cref="DeterminismTests"/> shows for the defaults' family, for the other objectives and ways of exemplars; and the curves that every optimiser step leaves.</summary>
public sealed class ObjectiveDeterminismTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("nft"), InlineData("awm"), InlineData("bridge")]
    public async Task A_campaign_has_one_hash_whatever_the_order_of_its_shards_and_the_worker(string way)
    {
        using var first = await MicroCampaign.CreateAsync(5, Cancel);
        var spec = Of(way, first.Spec);
        string hash = await first.HashAsync(spec, null, Cancel);
        using var second = await MicroCampaign.CreateAsync(5, Cancel);
        Assert.Equal(hash, await second.HashAsync(spec, n => Enumerable.Range(0, n).Reverse(), Cancel));
    }

    [Fact]
    public async Task Every_optimiser_step_leaves_its_curves_and_spikes_are_measured_once_there_is_a_median()
    {
        using var campaign = await MicroCampaign.CreateAsync(5, Cancel);
        var loop = campaign.Loop();
        await loop.RunAsync(new TrainingPlan(), DomainJson.ToNode(campaign.Spec with { Epochs = 3 }), null, Cancel);
        var (first, last) = (loop.Metrics[TrainingPlan.EpochName(1)], loop.Metrics[TrainingPlan.EpochName(3)]);
        foreach (string name in new[] { "loss", "ratio", "logRatioAbs", "clipFraction", "z2", "kl", "gradientNorm", "gradientNormOnPolicy", "gradientNormExemplar" })
            Assert.Equal(last["policy/" + name], (last[$"policy/step-1/{name}"] + last[$"policy/step-2/{name}"]) / 2, 1e-9);
        foreach (string name in new[] { "reward/omni/mean", "reward/omni/std", "reward/ai-portrait/mean", "reward/ai-portrait/std", "advantage/zero-spread", "exemplars/weight" })
            Assert.Contains(name, last.Keys);
        Assert.Equal(1, last["policy/step-1/ratio"], 1e-5); // on-policy
        Assert.DoesNotContain("alarm/gradientNorm-over-median", first.Keys);
        Assert.True(last["alarm/gradientNorm-over-median"] > 0);
    }

    private static CampaignSpec Of(string way, CampaignSpec micro) => way switch
    {
        "nft" => micro with
        {
            Objective = Objective.Nft,
            Sampler = micro.Sampler with { Kernel = KernelKind.Ode, SharedStart = false },
            Optimizer = micro.Optimizer with { KlKind = KlKind.Velocity, EmaRamp = 0.1 },
        },
        "awm" => micro with { Objective = Objective.Awm, Optimizer = micro.Optimizer with { KlKind = KlKind.Velocity } },
        _ => micro with
        {
            Sampler = micro.Sampler with { Guidance = 2, NegativePrompt = "blurred", Storage = LatentType.Bf16, WindowMode = WindowMode.Sliding, WindowEvery = 1 },
            Exemplars = micro.Exemplars with { Method = ExemplarMethod.Bridge, Advantage = AdvantageMode.Split, AnnealTo = 0.5, AnnealEpochs = 1, MaxGradientShare = 0.5 },
            Rewards = micro.Rewards with { WinRate = true, Std = SpreadScope.Global },
            Optimizer = micro.Optimizer with { TrustRegion = TrustRegion.Dppo, KlKind = KlKind.Velocity },
        },
    };
}
