using PortraitGen.Domain.Campaigns;
using PortraitGen.Domain.Maths;
using PortraitGen.Gpu.Sampling;
using static TorchSharp.torch;

namespace PortraitGen.Gpu.Grpo;

/// <summary>Exemplars on the kernel: the window's steps of a path that leads to a real latent, scored as if the policy's kernel had drawn them.</summary>
public static class KernelTransitions
{
    /// <summary>Latents, the sampling policy's velocities and z of the window's steps, each [W, K, C, h, w].</summary>
    /// <param name="policy">The policy whose kernel scores the path.</param>
    /// <param name="states">The window's states, [W + 1, K, C, h, w].</param>
    /// <param name="prompts">K captions.</param>
    /// <param name="sampler">The kernel.</param>
    /// <param name="grid">Falling sigmas.</param>
    /// <param name="windowStart">First step of the window.</param>
    public static (Tensor X, Tensor V, Tensor Z) Of(Policy policy, Tensor states, Conditioning prompts, SamplerSpec sampler, IReadOnlyList<double> grid, int windowStart)
    {
        using var off = no_grad();
        List<Tensor> xs = [], vs = [], zs = [];
        for (int w = 0; w < sampler.Window; w++)
        {
            using var scope = NewDisposeScope();
            int i = windowStart + w;
            var step = KernelStep.For(sampler.Kernel, sampler.Noise, grid[i], grid[i + 1], grid[1]);
            var v = policy.Velocity(states[w], grid[i], prompts);                     // [K,C,h,w]
            xs.Add(states[w].MoveToOuterDisposeScope());
            vs.Add(v.MoveToOuterDisposeScope());
            zs.Add(((states[w + 1] - KernelOps.Mean(step, states[w], v)) / step.Std).MoveToOuterDisposeScope());
        }
        return (stack(xs), stack(vs), stack(zs));
    }
}
