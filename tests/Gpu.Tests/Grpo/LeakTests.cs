using PortraitGen.Domain.Campaigns;
using PortraitGen.Domain.Grpo;
using PortraitGen.Domain.Maths;
using PortraitGen.Gpu.Models.Lora;
using PortraitGen.Gpu.Sampling;
using PortraitGen.Gpu.Tensors;
using TorchSharp;
using static TorchSharp.torch;

namespace PortraitGen.Gpu.Tests.Grpo;

public sealed class LeakTests
{
    /// <summary>Counts this thread's tensors that no scope will ever free, and those that live.</summary>
    private static (long Live, long Detached) Tensors()
    {
        var now = DisposeScopeManager.Statistics.TensorStatistics;
        return (now.ThreadTotalLiveCount, now.DetachedFromScopeCount);
    }

    [Theory]
    [InlineData(ExemplarMethod.Fresh), InlineData(ExemplarMethod.Belm)]
    public async Task Thirty_rounds_of_rollout_gradient_and_update_leave_no_tensor_behind(ExemplarMethod method)
    {
        using var slices = await Slices.CreateAsync(TestContext.Current.CancellationToken);
        var spec = slices.Campaign.Spec;
        var exemplars = spec.Exemplars with { Method = method };
        var manifest = slices.Manifest;
        long after = 0;
        for (int round = 0; round < 30; round++)
        {
            var policy = CheckpointManifest.Read(slices.Campaign.Read(manifest)).Policy.Hash;
            var rollout = slices.Rollout(exemplars, slices.Groups, policy).Output("rollout").Hash;
            var gradient = slices.Gradient(slices.GradientOf(exemplars, spec.Optimizer, slices.Groups, rollout, [[1, -1], [0.5, -0.5]], [1, 1]) with { Policy = policy });
            manifest = slices.Update(manifest, [new(gradient.Output("onPolicy").Hash, gradient.Output("exemplar").Hash)], 8, 4).Output("manifest").Hash;
            if (round == 2) after = Tensors().Live;
        }

        Assert.Equal(after, Tensors().Live);
    }

    [Fact]
    public void A_thousand_steps_of_training_leave_no_tensor_behind()
    {
        using var model = TinyModels.TrainedTransformer(3);
        using var adapter = LoraSet.Attach(model.Linears, new() { Rank = 2, Alpha = 4 }, Gpu.Tensors.Noise.Weights(1));
        using var adamw = new AdamW(adapter.Trainables);
        var policy = new Policy(model, adapter);
        long after = 0;
        for (ulong step = 0; step < 1000; step++)
        {
            using (NewDisposeScope())
            {
                Tensor Draw(string purpose, params long[] shape) => Gpu.Tensors.Noise.Normal(CounterRng.For(step, purpose), shape);
                var prompt = new Conditioning(Draw("context", 1, 4, 40), Draw("pooled", 1, 24));
                var loss = Draw("target", 1, 4, 4, 4) - policy.Velocity(Draw("x", 1, 4, 4, 4), 0.5, prompt);
                loss.square().mean().backward();
                adamw.Step(1e-3, 1);
            }

            if (step == 0) after = Tensors().Live;
        }

        Assert.Equal(after, Tensors().Live);
    }

    [Fact]
    public async Task Whole_campaigns_leave_as_many_tensors_as_the_first_of_them()
    {
        var cancel = TestContext.Current.CancellationToken;
        using var campaign = await MicroCampaign.CreateAsync(5, cancel);
        await campaign.HashAsync(campaign.Spec, null, cancel);
        long after = Tensors().Live;
        await campaign.HashAsync(campaign.Spec with { Seed = 8 }, null, cancel);
        Assert.Equal(after, Tensors().Live);
    }
}
