using PortraitGen.Domain.Campaigns;
using PortraitGen.Domain.Grpo;
using PortraitGen.Gpu.Grpo;
using TorchSharp;
using static TorchSharp.torch;

namespace PortraitGen.Gpu.Tests.Grpo;

/// <summary>The profile's keys for models that do not fit: what they change, and what they do not.</summary>
public sealed class MemoryProfileTests : IAsyncLifetime
{
    private static readonly double[][] Advantage = [[1.2, -0.7], [0.4, -2.1]];
    private static readonly double[] ExemplarAdvantage = [1, 0.6];
    private Slices _slices = null!;

    private CampaignSpec Spec => _slices.Campaign.Spec;

    public async ValueTask InitializeAsync() => _slices = await Slices.CreateAsync(TestContext.Current.CancellationToken);

    public ValueTask DisposeAsync()
    {
        _slices.Dispose();
        return default;
    }

    [Fact]
    public void Recomputation_gives_the_same_gradients_bit_for_bit()
    {
        var (_, plain) = Run(Spec);
        var (_, again) = Run(With(Spec.Profile with { Recompute = true }));
        Assert.True(_slices.Campaign.Transformer(With(Spec.Profile with { Recompute = true })).Recompute);
        Assert.Equal(plain.Output("onPolicy").Hash, again.Output("onPolicy").Hash);
        Assert.Equal(plain.Output("exemplar").Hash, again.Output("exemplar").Hash);
        Assert.False(_slices.Campaign.Transformer(Spec).Recompute);
    }

    [Fact]
    public void With_bf16_weights_the_first_ratio_is_1_and_the_gradients_are_fp32_and_near()
    {
        using var scope = NewDisposeScope();
        var (_, plain) = Run(Spec);
        var (_, half) = Run(With(Spec.Profile with { Weights = WeightType.Bf16 }));
        Assert.Equal(ScalarType.BFloat16, _slices.Campaign.Transformer(With(Spec.Profile with { Weights = WeightType.Bf16 })).Weights.Linears["proj_out"].Weight.dtype);
        Assert.Equal(1, half.Values["ratio"]!.GetValue<double>(), 1e-6);
        Assert.Equal(0, half.Values["logRatioAbs"]!.GetValue<double>(), 1e-6);
        foreach (string output in (string[])["onPolicy", "exemplar"])
        {
            Dictionary<string, Tensor> wide = _slices.Tensors(plain.Output(output)), narrow = _slices.Tensors(half.Output(output));
            Assert.All(narrow.Values, gradient => Assert.Equal(ScalarType.Float32, gradient.dtype));
            Assert.All(narrow.Values, gradient => Assert.True(gradient.isfinite().all().item<bool>()));
            Assert.NotEqual(plain.Output(output).Hash, half.Output(output).Hash);
            // bf16 has 8 bits: each activation is off by up to 0.4 %, and rollouts differ as much. The direction is what must survive.
            Tensor a = cat([.. wide.OrderBy(p => p.Key, StringComparer.Ordinal).Select(p => p.Value.flatten())]), b = cat([.. narrow.OrderBy(p => p.Key, StringComparer.Ordinal).Select(p => p.Value.flatten())]);
            double cosine = (a.dot(b) / (a.norm() * b.norm())).item<float>();
            TestContext.Current.TestOutputHelper?.WriteLine($"{output}: cosine to fp32 {cosine:0.0000}");
            Assert.InRange(cosine, 0.9, 1);
        }
    }

    [Fact]
    public void Tiles_change_images_a_little_and_nothing_else_and_one_large_tile_changes_nothing()
    {
        using var scope = NewDisposeScope();
        var (whole, _) = Run(Spec);
        Assert.Equal(whole.Output("rollout").Hash, Run(With(Spec.Profile with { VaeTile = 8 })).Rollout.Output("rollout").Hash); // the latent is 8 wide
        var (tiled, _) = Run(With(Spec.Profile with { VaeTile = 4 }));
        RolloutTensors a = RolloutTensors.Read(_slices.Campaign.Read(whole.Output("rollout").Hash)), b = RolloutTensors.Read(_slices.Campaign.Read(tiled.Output("rollout").Hash));
        Assert.Equal(0, GoldenTensors.Difference(a.Z, b.Z));
        Assert.Equal(a.Images.shape, b.Images.shape);
        Assert.NotEqual(0, GoldenTensors.Difference(a.Images, b.Images));
    }

    private CampaignSpec With(ExecutionProfile profile) => Spec with { Profile = profile };

    private (ShardResult Rollout, ShardResult Gradient) Run(CampaignSpec spec)
    {
        var rollout = _slices.Rollout(spec.Exemplars, _slices.Groups, spec: spec);
        return (rollout, _slices.Gradient(_slices.GradientOf(spec.Exemplars, spec.Optimizer, _slices.Groups, rollout.Output("rollout").Hash, Advantage, ExemplarAdvantage, spec: spec)));
    }
}
