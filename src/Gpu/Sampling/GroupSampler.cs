using PortraitGen.Domain.Campaigns;
using PortraitGen.Domain.Maths;
using PortraitGen.Gpu.Grpo;
using static TorchSharp.torch;

namespace PortraitGen.Gpu.Sampling;

/// <summary>The trained steps of some latents, and where they ended. W steps, N = groups * size latents; the first three are empty for a kernel without noise.</summary>
/// <param name="Start">Index in the grid of the window's first step.</param>
/// <param name="X">Latents before each step, [W, N, C, h, w], in the type of <see cref="SamplerSpec.Storage"/>.</param>
/// <param name="V">The sampling policy's velocity there, same shape.</param>
/// <param name="Z">(x' - mu_old) / std of each step, same shape.</param>
/// <param name="Final">Latents at sigma 0, [N, C, h, w].</param>
public sealed record Trajectories(int Start, Tensor X, Tensor V, Tensor Z, Tensor Final);

/// <summary>Samples groups: Euler up to a stochastic window, which tells samples of one start apart, and Euler to the end.</summary>
public static class GroupSampler
{
    /// <param name="policy">The sampling policy.</param>
    /// <param name="start">Start noise: one latent a group when it is shared, so that the prefix runs once, [G, C, h, w]; otherwise one a sample, [N, C, h, w].</param>
    /// <param name="noise">Gives the window's noise of step w: [N, C, h, w].</param>
    /// <param name="prompts">G prompts.</param>
    /// <param name="size">Samples of a group.</param>
    /// <param name="sampler">Kernel, window, storage.</param>
    /// <param name="grid">Falling sigmas, steps + 1 of them.</param>
    /// <param name="windowStart">Index of the window's first step.</param>
    /// <param name="cancel">Checked before each step.</param>
    public static Trajectories Run(Policy policy, Tensor start, Func<int, Tensor> noise, Conditioning prompts, int size, SamplerSpec sampler, IReadOnlyList<double> grid, int windowStart, CancellationToken cancel)
    {
        using var off = no_grad();
        var each = prompts.Repeat(size);
        var x = sampler.SharedStart
            ? OdeSampler.Run(policy, start, prompts, grid, 0, windowStart, cancel).repeat_interleave(size, 0) // [G,…] -> [N,C,h,w]
            : OdeSampler.Run(policy, start, each, grid, 0, windowStart, cancel);                              // [N,C,h,w]
        x = LatentStorage.Rounded(x, sampler.Storage);
        List<Tensor> xs = [], vs = [], zs = [];
        for (int w = 0; w < sampler.Window && sampler.Kernel is not KernelKind.Ode; w++)
        {
            cancel.ThrowIfCancellationRequested();
            int i = windowStart + w;
            var step = KernelStep.For(sampler.Kernel, sampler.Noise, grid[i], grid[i + 1], grid[1]);
            using var scope = NewDisposeScope();
            var v = policy.Velocity(x, grid[i], each);                                             // [N,C,h,w]
            var mean = KernelOps.Mean(step, x, v);                                                 // [N,C,h,w]
            var next = LatentStorage.Rounded(mean + noise(w) * step.Std, sampler.Storage);         // [N,C,h,w]
            Finite.Require(next, $"the latents after step {i + 1} of {grid.Count - 1}");
            xs.Add(x);
            vs.Add(v.MoveToOuterDisposeScope());
            zs.Add(((next - mean) / step.Std).MoveToOuterDisposeScope());                          // of the latent as it is stored, not as it was drawn
            x = next.MoveToOuterDisposeScope();
        }
        int reached = windowStart + xs.Count;
        var final = OdeSampler.Run(policy, x, each, grid, reached, grid.Count - 1, cancel);
        Tensor All(List<Tensor> steps) => steps.Count == 0 ? zeros(0) : stack(steps);
        return new(windowStart, LatentStorage.Packed(All(xs), sampler.Storage), All(vs), All(zs), final);
    }
}
