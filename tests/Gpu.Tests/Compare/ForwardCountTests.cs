using PortraitGen.Domain.Artifacts;
using PortraitGen.Domain.Campaigns;
using PortraitGen.Domain.Compare;
using PortraitGen.Domain.Maths;
using PortraitGen.Gpu.Tests.Grpo;
using PortraitGen.Jobs.Campaigns;
using static TorchSharp.torch;

namespace PortraitGen.Gpu.Tests.Compare;

/// <summary>The currency of comparisons is what the transformer really does: passes counted at its output.</summary>
public sealed class ForwardCountTests
{
    private const int Train = 6;

    private const string Nft = "nft", GuidedFireflow = "guided fireflow", GuidedBridge = "guided bridge";

    public static TheoryData<string> Arms => [ComparisonArms.Sft, ComparisonArms.Plain, ComparisonArms.Belm, ComparisonArms.Fresh, Nft, GuidedFireflow, GuidedBridge];

    [Theory, MemberData(nameof(Arms))]
    public async Task Counted_passes_are_what_the_spec_says_and_what_the_shards_report(string arm)
    {
        var cancel = TestContext.Current.CancellationToken;
        using var micro = await MicroCampaign.CreateAsync(Train, cancel);
        var spec = SpecOf(arm, micro.Spec);
        var loop = micro.Loop();
        var counted = new Dictionary<string, long>();
        var reported = new Dictionary<string, long>();
        loop.Around = (kind, run) =>
        {
            Counter.Units = 0;
            micro.Transformer(spec).Tap = velocity => Counter.apply(velocity);
            var result = ShardResult.Parse(run().ToBytes());
            counted[kind] = counted.GetValueOrDefault(kind) + Counter.Units;
            reported[kind] = reported.GetValueOrDefault(kind) + (result.Values["forwards"]?.GetValue<long>() ?? 0);
            return result;
        };
        await loop.RunAsync(new TrainingPlan(), DomainJson.ToNode(spec), null, cancel);

        long epochs = Enumerable.Range(1, spec.Epochs).Sum(e => ForwardUnits.OfEpoch(spec, e));
        // Health is measured by passes that teach nothing and are not reported. The three encode shards invert and replay two portraits each: 2 N - 1.
        // Every inverted exemplar is replayed and, but for the last step, scored: N - 1 each with BELM; FireFlow's replay takes N + 1.
        int health = spec.Exemplars.Inverts ? spec.Epochs * spec.Group.PerEpoch * (spec.Sampler.Steps - 1 + (spec.Exemplars.Method is ExemplarMethod.Belm ? spec.Sampler.Steps - 1 : spec.Sampler.Steps + 1)) : 0;
        Assert.Equal(reported[ShardKinds.Invert] + 3 * 2 * (2 * spec.Sampler.Steps - 1) + health, counted[ShardKinds.Invert]);
        Assert.Equal(epochs, counted.GetValueOrDefault(ShardKinds.Rollout) + counted[ShardKinds.Gradient] + reported[ShardKinds.Invert]);
        Assert.Equal(epochs, (long)loop.Metrics[TrainingPlan.EpochName(spec.Epochs)]["compute/forwards"]);
        Assert.Equal(counted.GetValueOrDefault(ShardKinds.Rollout), reported.GetValueOrDefault(ShardKinds.Rollout));
        Assert.Equal(counted[ShardKinds.Gradient], reported[ShardKinds.Gradient]);
        Assert.Equal(0, counted[ShardKinds.Update]);
        // Every campaign makes the labels, as its benchmark scores images; only GRPO learns from them.
        Assert.Equal(Train * spec.Sampler.Steps * (spec.Sampler.Guidance == 1 ? 1 : 2), counted[ShardKinds.Label]);
        Assert.Equal(spec.Objective is Objective.Sft ? 0 : counted[ShardKinds.Label], ForwardUnits.Labels(spec, Train));
    }

    private static CampaignSpec SpecOf(string arm, CampaignSpec micro) => arm switch
    {
        Nft => micro with { Objective = Objective.Nft, Sampler = micro.Sampler with { Kernel = KernelKind.Ode, SharedStart = false }, Matching = new() { Levels = 2 }, Optimizer = micro.Optimizer with { KlKind = KlKind.Velocity } },
        GuidedFireflow => micro with { Sampler = micro.Sampler with { Guidance = 2 }, Exemplars = micro.Exemplars with { Method = ExemplarMethod.Fireflow } },
        GuidedBridge => micro with { Sampler = micro.Sampler with { Guidance = 2, SharedStart = false }, Exemplars = micro.Exemplars with { Method = ExemplarMethod.Bridge } },
        _ => ComparisonArms.Of(micro, Train).Single(a => a.Key == arm).Spec,
    };

    /// <summary>Passes a velocity on, and counts: 1 for each latent forward, 2 when a gradient really comes back.</summary>
    private sealed class Counter : autograd.SingleTensorFunction<Counter>
    {
        public static long Units { get; set; }

        public override string Name => nameof(Counter);

        public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
        {
            var velocity = (Tensor)vars[0];
            Units += velocity.shape[0];
            return velocity.clone();
        }

        public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output)
        {
            Units += 2 * grad_output.shape[0];
            return [grad_output.clone()];
        }
    }
}
