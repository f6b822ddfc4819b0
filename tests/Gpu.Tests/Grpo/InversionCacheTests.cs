using PortraitGen.Domain.Artifacts;
using PortraitGen.Domain.Campaigns;
using PortraitGen.Domain.Grpo;
using PortraitGen.Jobs.Campaigns;

namespace PortraitGen.Gpu.Tests.Grpo;

public sealed class InversionCacheTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>Four training portraits, four groups an epoch: every portrait once.</summary>
    [Fact]
    public async Task An_inversion_under_the_frozen_base_is_made_once_for_all_epochs_and_campaigns()
    {
        using var campaign = await MicroCampaign.CreateAsync(4, Cancel);
        var handlers = new CountedHandlers(campaign.Handlers);
        var spec = campaign.Spec with { Exemplars = campaign.Spec.Exemplars with { Method = ExemplarMethod.Fireflow, Inverter = Inverter.Base } };
        await RunAsync(spec);
        int encoded = 4 / 4 + 1; // four training portraits in one shard, the held-out ones in another
        Assert.Equal(encoded + 4, handlers.Computed[ShardKinds.Invert]); // two epochs invert each portrait once, not twice

        await RunAsync(spec with { Seed = 9, Optimizer = spec.Optimizer with { LearningRate = 3e-4 } });
        Assert.Equal(encoded + 4, handlers.Computed[ShardKinds.Invert]);

        await RunAsync(spec with { Exemplars = spec.Exemplars with { Method = ExemplarMethod.Euler } });
        Assert.Equal(encoded + 8, handlers.Computed[ShardKinds.Invert]); // another method, other paths

        await RunAsync(spec with { Sampler = spec.Sampler with { Kernel = Domain.Maths.KernelKind.FlowSde, Noise = 0.5 }, Exemplars = campaign.Spec.Exemplars });
        Assert.Equal(encoded + 8, handlers.Computed[ShardKinds.Invert]); // portraits are encoded once, whatever the kernel

        Task<Dictionary<string, System.Text.Json.Nodes.JsonObject>> RunAsync(CampaignSpec asked) =>
            campaign.Loop(handlers.All).RunAsync(new TrainingPlan(), DomainJson.ToNode(asked), null, Cancel);
    }

    [Fact]
    public async Task Under_the_policy_every_epoch_inverts_anew()
    {
        using var campaign = await MicroCampaign.CreateAsync(4, Cancel);
        var handlers = new CountedHandlers(campaign.Handlers);
        var spec = campaign.Spec with { Exemplars = campaign.Spec.Exemplars with { Method = ExemplarMethod.Belm } };
        await campaign.Loop(handlers.All).RunAsync(new TrainingPlan(), DomainJson.ToNode(spec), null, Cancel);
        Assert.Equal(2 + 2 * 2, handlers.Computed[ShardKinds.Invert]); // two slices in each of two epochs
    }
}
