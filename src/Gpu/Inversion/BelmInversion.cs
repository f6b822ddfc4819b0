using PortraitGen.Domain.Maths;
using static TorchSharp.torch;

namespace PortraitGen.Gpu.Inversion;

/// <summary>Inverts real latents along the policy's own grid with BELM, and replays them. States are held in fp32: rounding would break exactness.</summary>
public static class BelmInversion
{
    /// <summary>The trajectory from noise to the real latent.</summary>
    /// <param name="velocity">The velocity that is inverted.</param>
    /// <param name="x0">Real latents, [B, C, h, w].</param>
    /// <param name="grid">Falling sigmas, N + 1 of them, last 0.</param>
    /// <param name="cancel">Checked before each step.</param>
    /// <returns>N + 1 states, state i at grid[i]; the first is the inverted noise. N evaluations of the model.</returns>
    public static Tensor[] Invert(VelocityField velocity, Tensor x0, IReadOnlyList<double> grid, CancellationToken cancel)
    {
        using var off = no_grad();
        int n = grid.Count - 1;
        var states = new Tensor[n + 1];
        states[n] = x0;
        // At sigma 0 the model's input is the clean latent itself: one Euler step backwards starts the two-step scheme.
        states[n - 1] = Scoped(() => x0 + velocity(x0, grid[n]) * grid[n - 1]); // [B,C,h,w]
        for (int i = n - 1; i > 0; i--)
        {
            cancel.ThrowIfCancellationRequested();
            var belm = Belm.At(grid[i - 1], grid[i], grid[i + 1]);
            var (cleaner, present, level) = (states[i + 1], states[i], grid[i]);
            states[i - 1] = Scoped(() => (cleaner - present * (1 - belm.R2) + velocity(present, level) * belm.VelocityFactor) / belm.R2);
        }
        return states;
    }

    /// <summary>Samples from the pair (state 0, state 1), which together make the inversion exact, to sigma 0.</summary>
    public static Tensor Replay(VelocityField velocity, IReadOnlyList<Tensor> states, IReadOnlyList<double> grid, CancellationToken cancel)
    {
        using var off = no_grad();
        var (noisier, present) = (states[0], states[1]);
        for (int i = 1; i < grid.Count - 1; i++)
        {
            cancel.ThrowIfCancellationRequested();
            var belm = Belm.At(grid[i - 1], grid[i], grid[i + 1]);
            var (a, b, level) = (noisier, present, grid[i]);
            (noisier, present) = (present, Scoped(() => a * belm.R2 + b * (1 - belm.R2) - velocity(b, level) * belm.VelocityFactor));
        }
        return present;
    }

    private static Tensor Scoped(Func<Tensor> step)
    {
        using var scope = NewDisposeScope();
        return step().MoveToOuterDisposeScope();
    }
}
