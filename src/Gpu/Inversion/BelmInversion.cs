using PortraitGen.Domain.Maths;
using PortraitGen.Gpu.Sampling;
using static TorchSharp.torch;

namespace PortraitGen.Gpu.Inversion;

/// <summary>Inverts real latents along the policy's own grid with BELM, and replays them. States are held in fp32: rounding would break exactness.</summary>
public static class BelmInversion
{
    /// <summary>The trajectory from noise to the real latent.</summary>
    /// <param name="policy">Whose velocity is inverted.</param>
    /// <param name="x0">Real latents, [B, C, h, w].</param>
    /// <param name="prompts">B captions.</param>
    /// <param name="grid">Falling sigmas, N + 1 of them, last 0.</param>
    /// <param name="cancel">Checked before each step.</param>
    /// <returns>N + 1 states, state i at grid[i]; the first is the inverted noise. N evaluations of the model.</returns>
    public static Tensor[] Invert(Policy policy, Tensor x0, Conditioning prompts, IReadOnlyList<double> grid, CancellationToken cancel)
    {
        using var off = no_grad();
        int n = grid.Count - 1;
        var states = new Tensor[n + 1];
        states[n] = x0;
        // At sigma 0 the model's input is the clean latent itself: one Euler step backwards starts the two-step scheme.
        states[n - 1] = Scoped(() => x0 + policy.Velocity(x0, grid[n], prompts) * grid[n - 1]); // [B,C,h,w]
        for (int i = n - 1; i > 0; i--)
        {
            cancel.ThrowIfCancellationRequested();
            var belm = Belm.At(grid[i - 1], grid[i], grid[i + 1]);
            var (cleaner, present, level) = (states[i + 1], states[i], grid[i]);
            states[i - 1] = Scoped(() => (cleaner - present * (1 - belm.R2) + policy.Velocity(present, level, prompts) * belm.VelocityFactor) / belm.R2);
        }
        return states;
    }

    /// <summary>Samples from the pair (state 0, state 1), which together make the inversion exact, to sigma 0.</summary>
    public static Tensor Replay(Policy policy, Tensor first, Tensor second, Conditioning prompts, IReadOnlyList<double> grid, CancellationToken cancel)
    {
        using var off = no_grad();
        var (noisier, present) = (first, second);
        for (int i = 1; i < grid.Count - 1; i++)
        {
            cancel.ThrowIfCancellationRequested();
            var belm = Belm.At(grid[i - 1], grid[i], grid[i + 1]);
            var (a, b, level) = (noisier, present, grid[i]);
            (noisier, present) = (present, Scoped(() => a * belm.R2 + b * (1 - belm.R2) - policy.Velocity(b, level, prompts) * belm.VelocityFactor));
        }
        return present;
    }

    private static Tensor Scoped(Func<Tensor> step)
    {
        using var scope = NewDisposeScope();
        return step().MoveToOuterDisposeScope();
    }
}
