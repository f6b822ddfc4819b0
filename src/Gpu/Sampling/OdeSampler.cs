using PortraitGen.Gpu.Grpo;
using static TorchSharp.torch;

namespace PortraitGen.Gpu.Sampling;

/// <summary>Deterministic Euler from noise to latent.</summary>
public static class OdeSampler
{
    /// <summary>Steps <paramref name="x"/> from grid[from] to grid[to].</summary>
    /// <param name="policy">The velocity model.</param>
    /// <param name="x">Latents at grid[from], [B, C, h, w].</param>
    /// <param name="prompts">B prompts.</param>
    /// <param name="grid">Falling sigmas.</param>
    /// <param name="from">Index of the level of x.</param>
    /// <param name="to">Index of the level to reach.</param>
    /// <param name="cancel">Checked before each step.</param>
    public static Tensor Run(Policy policy, Tensor x, Conditioning prompts, IReadOnlyList<double> grid, int from, int to, CancellationToken cancel)
    {
        using var off = no_grad();
        for (int i = from; i < to; i++)
        {
            cancel.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            x = (x - policy.Velocity(x, grid[i], prompts) * (grid[i] - grid[i + 1])).MoveToOuterDisposeScope(); // [B,C,h,w]
            Finite.Require(x, $"the latents after step {i + 1} of {grid.Count - 1}");
        }
        return x;
    }
}
