using PortraitGen.Domain.Campaigns;
using PortraitGen.Domain.Grpo;
using PortraitGen.Domain.Maths;
using PortraitGen.Gpu.Sampling;
using PortraitGen.Gpu.Tensors;
using static TorchSharp.torch;

namespace PortraitGen.Gpu.Grpo;

/// <summary>Exemplars by a bridge: the kernel run along the window with the velocity that leads to the real latent, v* = (x - x0) / s.</summary>
/// <remarks>Unlike an inverted path its steps have the kernel's own noise: mean z^2 is 1 plus the kernel's weight times the policy's squared error.
/// From a point of the interpolation, CPS stays on it; Flow-SDE and Dance-SDE drift off its marginals a little.</remarks>
public static class Bridge
{
    /// <summary>The window's states, [W + 1, K, C, h, w]. No evaluation of the model.</summary>
    /// <param name="latents">x0, [K, C, h, w].</param>
    /// <param name="groups">The K groups: their index names the draws.</param>
    /// <param name="sampler">Kernel and window.</param>
    /// <param name="grid">Falling sigmas.</param>
    /// <param name="windowStart">First step of the window.</param>
    /// <param name="seed">The campaign's seed.</param>
    /// <param name="epoch">The epoch.</param>
    public static Tensor States(Tensor latents, IReadOnlyList<GroupRef> groups, SamplerSpec sampler, IReadOnlyList<double> grid, int windowStart, ulong seed, int epoch)
    {
        using var off = no_grad();
        long[] each = [1, .. latents.shape[1..]];
        Tensor Drawn(string purpose, params long[] more) =>
            cat([.. groups.Select(g => Noise.Normal(CounterRng.For(seed, purpose, [epoch, g.Index, .. more]), each, latents.device))]);  // [K,C,h,w]
        double first = grid[windowStart];
        var states = new List<Tensor> { latents * (1 - first) + Drawn("bridge-start") * first };
        for (int w = 0; w < sampler.Window; w++)
        {
            double s = grid[windowStart + w];
            var step = KernelStep.For(sampler.Kernel, sampler.Noise, s, grid[windowStart + w + 1], grid[1]);
            var x = states[^1];
            states.Add(KernelOps.Mean(step, x, (x - latents) / s) + Drawn("bridge-noise", w) * step.Std);
        }
        return stack(states);
    }
}
