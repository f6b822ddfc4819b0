using PortraitGen.Domain.Campaigns;
using PortraitGen.Domain.Maths;
using PortraitGen.Gpu.Sampling;
using TorchSharp;
using static TorchSharp.torch;

namespace PortraitGen.Gpu.Tests.Sampling;

public sealed class GroupSamplerTests : IDisposable
{
    private readonly TinyPolicy _tiny = new(21);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _tiny.Dispose();

    [Theory]
    [InlineData(KernelKind.Cps), InlineData(KernelKind.FlowSde), InlineData(KernelKind.DanceSde)]
    public void As_the_noise_goes_to_zero_a_group_becomes_the_Euler_path(KernelKind kind)
    {
        using var scope = NewDisposeScope();
        using var noise = new Noise(1);
        var start = noise.Of(2, 4, 8, 8);
        var sampler = new SamplerSpec { Kernel = kind, Noise = 1e-6, Steps = 5, Window = 3, Shift = 2 };
        var sampled = GroupSampler.Run(_tiny.Policy, start, _ => noise.Of(6, 4, 8, 8), _tiny.Prompts, 3, sampler, SigmaGrid.Uniform(5, 2), 1, Cancel);
        var plain = OdeSampler.Run(_tiny.Policy, start, _tiny.Prompts, SigmaGrid.Uniform(5, 2), 0, 5, Cancel);
        GoldenTensors.AssertClose(plain.repeat_interleave(3, 0), sampled.Final, 1e-4, "end");
        GoldenTensors.AssertClose(plain[1], sampled.Final[3], 1e-4, "first of the second group");
        Assert.True(GoldenTensors.Difference(plain[0], plain[1]) > 0.1);
    }

    [Fact]
    public void A_group_shares_its_prefix_and_parts_in_the_window()
    {
        using var scope = NewDisposeScope();
        using var noise = new Noise(2);
        var start = noise.Of(2, 4, 8, 8);
        var sampler = new SamplerSpec { Steps = 5, Window = 2 };
        var sampled = GroupSampler.Run(_tiny.Policy, start, _ => noise.Of(6, 4, 8, 8), _tiny.Prompts, 3, sampler, SigmaGrid.Uniform(5, 1), 2, Cancel);
        var prefix = OdeSampler.Run(_tiny.Policy, start, _tiny.Prompts, SigmaGrid.Uniform(5, 1), 0, 2, Cancel);
        for (int i = 0; i < 6; i++) Assert.Equal(0, GoldenTensors.Difference(sampled.X[0][i], prefix[i / 3]));
        Assert.True(GoldenTensors.Difference(sampled.X[1][0], sampled.X[1][1]) > 0.1);
        Assert.True(GoldenTensors.Difference(sampled.Final[0], sampled.Final[1]) > 0.1);
        Assert.Equal([2, 6, 4, 8, 8], sampled.Z.shape);
    }

    [Fact]
    public void What_is_stored_replays_the_kernel_step_by_step()
    {
        using var scope = NewDisposeScope();
        using var noise = new Noise(3);
        Tensor[] drawn = [noise.Of(4, 4, 8, 8), noise.Of(4, 4, 8, 8)];
        var sampler = new SamplerSpec { Kernel = KernelKind.FlowSde, Noise = 0.7, Steps = 4, Window = 2 };
        var sampled = GroupSampler.Run(_tiny.Policy, noise.Of(2, 4, 8, 8), w => drawn[w], _tiny.Prompts, 2, sampler, SigmaGrid.Uniform(4, 1), 0, Cancel);
        double[] grid = SigmaGrid.Uniform(4, 1);
        var each = _tiny.Prompts.Repeat(2);
        for (int w = 0; w < 2; w++)
        {
            GoldenTensors.AssertClose(drawn[w], sampled.Z[w], 1e-5, $"z of step {w}");
            using (no_grad()) Assert.Equal(0, GoldenTensors.Difference(sampled.V[w], _tiny.Policy.Velocity(sampled.X[w], grid[w], each)));
        }

        var step = KernelStep.For(KernelKind.FlowSde, 0.7, 1, 0.75, 0.75);
        GoldenTensors.AssertClose(sampled.X[1], sampled.X[0] * step.Cx + sampled.V[0] * step.Cv + drawn[0] * step.Std, 1e-6, "second state");
    }

    [Fact]
    public void The_reference_is_the_policy_without_its_adapter_and_leaves_it_on()
    {
        using var scope = NewDisposeScope();
        using var noise = new Noise(4);
        var x = noise.Of(2, 4, 8, 8);
        using var off = no_grad();
        var with = _tiny.Policy.Velocity(x, 0.5, _tiny.Prompts);
        var without = _tiny.Policy.Reference(x, 0.5, _tiny.Prompts);
        Assert.True(GoldenTensors.Difference(with, without) > 1e-3);
        Assert.Equal(0, GoldenTensors.Difference(with, _tiny.Policy.Velocity(x, 0.5, _tiny.Prompts)));
        _tiny.Policy.Adapter.Detach();
        Assert.Equal(0, GoldenTensors.Difference(without, _tiny.Policy.Velocity(x, 0.5, _tiny.Prompts)));
    }
}
