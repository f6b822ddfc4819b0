using PortraitGen.Domain.Campaigns;
using PortraitGen.Domain.Maths;
using static TorchSharp.torch;

namespace PortraitGen.Gpu.Sampling;

/// <summary>The trained steps of some latents, and where they ended. W steps, N = groups * size latents.</summary>
/// <param name="Start">Index in the grid of the window's first step.</param>
/// <param name="X">Latents before each step, [W, N, C, h, w].</param>
/// <param name="V">The sampling policy's velocity there, same shape.</param>
/// <param name="Z">(x' - mu_old) / std of each step, same shape.</param>
/// <param name="Final">Latents at sigma 0, [N, C, h, w].</param>
public sealed record Trajectories(int Start, Tensor X, Tensor V, Tensor Z, Tensor Final);

/// <summary>Samples groups: a shared start and Euler prefix for each prompt, a stochastic window that tells its samples apart, Euler to the end.</summary>
public static class GroupSampler
{
    /// <param name="policy">The sampling policy.</param>
    /// <param name="start">One noise latent a group, [G, C, h, w]: shared by the group, so the prefix runs once.</param>
    /// <param name="noise">Gives the window's noise of step w: [N, C, h, w].</param>
    /// <param name="prompts">G prompts.</param>
    /// <param name="size">Samples of a group.</param>
    /// <param name="sampler">Kernel, steps, shift, window.</param>
    /// <param name="windowStart">Index of the window's first step.</param>
    /// <param name="cancel">Checked before each step.</param>
    public static Trajectories Run(Policy policy, Tensor start, Func<int, Tensor> noise, Conditioning prompts, int size, SamplerSpec sampler, int windowStart, CancellationToken cancel)
    {
        using var off = no_grad();
        var grid = SigmaGrid.Uniform(sampler.Steps, sampler.Shift);
        var x = OdeSampler.Run(policy, start, prompts, grid, 0, windowStart, cancel).repeat_interleave(size, 0); // [G,…] -> [N,C,h,w]
        var each = prompts.Repeat(size);
        List<Tensor> xs = [], vs = [], zs = [];
        for (int w = 0; w < sampler.Window; w++)
        {
            cancel.ThrowIfCancellationRequested();
            int i = windowStart + w;
            var step = KernelStep.For(sampler.Kernel, sampler.Noise, grid[i], grid[i + 1], grid[1]);
            using var scope = NewDisposeScope();
            var v = policy.Velocity(x, grid[i], each);                       // [N,C,h,w]
            var mean = KernelOps.Mean(step, x, v);                           // [N,C,h,w]
            var next = mean + noise(w) * step.Std;                           // [N,C,h,w]
            xs.Add(x);
            vs.Add(v.MoveToOuterDisposeScope());
            zs.Add(((next - mean) / step.Std).MoveToOuterDisposeScope());    // of the latent as it is stored, not as it was drawn
            x = next.MoveToOuterDisposeScope();
        }
        var final = OdeSampler.Run(policy, x, each, grid, windowStart + sampler.Window, sampler.Steps, cancel);
        return new(windowStart, stack(xs), stack(vs), stack(zs), final);
    }
}
