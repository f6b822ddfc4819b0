using PortraitGen.Domain.Campaigns;
using PortraitGen.Domain.Maths;
using PortraitGen.Gpu.Sampling;
using static TorchSharp.torch;

namespace PortraitGen.Gpu.Grpo;

/// <summary>Exemplars by inversion (PortraitGen's faithful mode): the steps of a noiseless path, scored as if the noisy kernel had drawn them.</summary>
public static class InvertedTransitions
{
    /// <summary>Latents, the sampling policy's velocities and z of the window's steps, each [W, K, C, h, w].</summary>
    /// <param name="policy">The policy whose kernel scores the path.</param>
    /// <param name="states">The path, [steps + 1, K, C, h, w].</param>
    /// <param name="prompts">K captions.</param>
    /// <param name="sampler">Kernel and grid.</param>
    /// <param name="windowStart">First step of the window.</param>
    public static (Tensor X, Tensor V, Tensor Z) Of(Policy policy, Tensor states, Conditioning prompts, SamplerSpec sampler, int windowStart)
    {
        using var off = no_grad();
        var grid = SigmaGrid.Uniform(sampler.Steps, sampler.Shift);
        List<Tensor> xs = [], vs = [], zs = [];
        for (int i = windowStart; i < windowStart + sampler.Window; i++)
        {
            using var scope = NewDisposeScope();
            var step = KernelStep.For(sampler.Kernel, sampler.Noise, grid[i], grid[i + 1], grid[1]);
            var v = policy.Velocity(states[i], grid[i], prompts);                     // [K,C,h,w]
            xs.Add(states[i].MoveToOuterDisposeScope());
            vs.Add(v.MoveToOuterDisposeScope());
            zs.Add(((states[i + 1] - KernelOps.Mean(step, states[i], v)) / step.Std).MoveToOuterDisposeScope());
        }
        return (stack(xs), stack(vs), stack(zs));
    }
}
