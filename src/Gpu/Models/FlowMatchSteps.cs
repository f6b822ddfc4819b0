using static TorchSharp.torch;

namespace PortraitGen.Gpu.Models;

/// <summary>The noise levels of one sampling run.</summary>
/// <param name="Sigmas">n + 1 levels from 1 downwards; the last is 0.</param>
/// <param name="Timesteps">n values for the transformer: sigma times the number of training steps.</param>
public sealed record FlowMatchSteps(float[] Sigmas, float[] Timesteps)
{
    public int Count => Timesteps.Length;

    /// <summary>One Euler step of the flow ODE: x + (next sigma - sigma) v, any shape.</summary>
    /// <param name="x">Latent at level <paramref name="step"/>.</param>
    /// <param name="velocity">What the transformer says there.</param>
    /// <param name="step">0 to n - 1.</param>
    public Tensor Euler(Tensor x, Tensor velocity, int step) => x + (Sigmas[step + 1] - Sigmas[step]) * velocity;
}
