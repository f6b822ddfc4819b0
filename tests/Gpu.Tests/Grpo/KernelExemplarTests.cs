using PortraitGen.Domain.Artifacts;
using PortraitGen.Domain.Campaigns;
using PortraitGen.Domain.Grpo;
using PortraitGen.Domain.Maths;
using PortraitGen.Gpu.Grpo;
using PortraitGen.Gpu.Tests.Sampling;
using TorchSharp;
using static TorchSharp.torch;

namespace PortraitGen.Gpu.Tests.Grpo;

/// <summary>Exemplars on the kernel by a bridge.</summary>
public sealed class KernelExemplarTests
{
    private static readonly GroupRef[] Groups = [.. Enumerable.Range(0, 2).Select(i => new GroupRef(i, "", new(ContentHash.Of([1]), i)))];

    /// <summary>z = xi + Cv / std (v* - v): the kernel's own noise, and the policy's error times its sensitivity.</summary>
    [Theory]
    [InlineData(KernelKind.Cps, 0.8), InlineData(KernelKind.FlowSde, 0.7)]
    public void A_bridges_steps_have_the_kernels_own_noise_and_the_policys_error(KernelKind kernel, double a)
    {
        using var scope = NewDisposeScope();
        using var tiny = new TinyPolicy(8);
        using var noise = new Noise(8);
        var x0 = noise.Of(2, 4, 8, 8);
        var sampler = new SamplerSpec { Kernel = kernel, Noise = a, Steps = 6, Window = 3 };
        double[] grid = SigmaGrid.Uniform(6, 1);
        var states = Bridge.States(x0, Groups, sampler, grid, 1, 5, 3);
        Assert.Equal([4, 2, 4, 8, 8], states.shape);
        var eps = new float[256];
        CounterRng.For(5, "bridge-start", 3, 1).Normals(eps);
        GoldenTensors.AssertClose(x0[1] * (1 - grid[1]) + tensor(eps, [4, 8, 8]) * grid[1], states[0][1], 1e-6, "start");

        var (x, v, z) = KernelTransitions.Of(tiny.Policy, states, tiny.Prompts, sampler, grid, 1);
        for (int w = 0; w < 3; w++)
        {
            var step = KernelStep.For(kernel, a, grid[1 + w], grid[2 + w], grid[1]);
            CounterRng.For(5, "bridge-noise", 3, 1, w).Normals(eps);
            var oracle = (x[w] - x0) / grid[1 + w];
            GoldenTensors.AssertClose(tensor(eps, [4, 8, 8]) + (oracle[1] - v[w][1]) * (step.Cv / step.Std), z[w][1], 2e-5, $"z of step {w}");
        }
    }

    [Fact]
    public void Under_CPS_a_bridge_stays_on_the_interpolation()
    {
        using var scope = NewDisposeScope();
        using var noise = new Noise(9);
        GroupRef[] many = [.. Enumerable.Range(0, 64).Select(i => new GroupRef(i, "", new(ContentHash.Of([1]), i)))];
        var x0 = noise.Of(64, 4, 8, 8);
        double[] grid = SigmaGrid.Uniform(6, 1);
        var states = Bridge.States(x0, many, new SamplerSpec { Noise = 0.8, Steps = 6, Window = 4 }, grid, 0, 5, 1);
        for (int i = 0; i < 5; i++) // (x - (1-s) x0) / s is standard normal: 16,384 numbers, standard error of the mean square .011
            Assert.InRange(((states[i] - x0 * (1 - grid[i])) / grid[i]).square().mean().item<float>(), 0.95, 1.05);
    }
}
