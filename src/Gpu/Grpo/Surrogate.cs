using static TorchSharp.torch;

namespace PortraitGen.Gpu.Grpo;

/// <summary>The clipped surrogate of PPO on per-dimension ratios, as a sum over samples: slices add up to the epoch's objective.</summary>
public static class Surrogate
{
    /// <summary>Clips are stated for 65,536 latent elements (SD3 and FLUX at 512 px); the spread of a mean over dim elements goes as 1/sqrt(dim).</summary>
    public static double ClipFor(double clipRange, long dim) => clipRange * Math.Sqrt(65536.0 / dim);

    /// <summary>sum_i max(-A_i rho_i, -A_i clip(rho_i, 1-c, 1+c)).</summary>
    /// <param name="logRatio">[B] nats.</param>
    /// <param name="advantage">[B].</param>
    /// <param name="clip">c, &gt; 0.</param>
    /// <returns>A scalar to minimise.</returns>
    public static Tensor Loss(Tensor logRatio, Tensor advantage, double clip)
    {
        var ratio = logRatio.clamp(-20, 20).exp();                       // [B]
        var clipped = ratio.clamp(1 - clip, 1 + clip);                   // [B]
        return -minimum(ratio * advantage, clipped * advantage).sum();   // []
    }

    /// <summary>Flow-DPPO (arXiv 2606.11025): -sum_i A_i rho_i over the samples that are not masked.</summary>
    /// <param name="logRatio">[B] nats.</param>
    /// <param name="advantage">[B].</param>
    /// <param name="divergence">[B] KL of the step from the old policy's, nats per dimension.</param>
    /// <param name="limit">Divergence beyond which nothing is pulled further away.</param>
    public static Tensor Dppo(Tensor logRatio, Tensor advantage, Tensor divergence, double limit) =>
        -(logRatio.clamp(-20, 20).exp() * advantage * Masked(logRatio, advantage, divergence, limit).logical_not().to(float32)).sum(); // []

    /// <summary>Share of samples that the mask silences.</summary>
    public static double MaskFraction(Tensor logRatio, Tensor advantage, Tensor divergence, double limit)
    {
        using var scope = NewDisposeScope();
        return Masked(logRatio, advantage, divergence, limit).to(float32).mean().item<float>();
    }

    private static Tensor Masked(Tensor logRatio, Tensor advantage, Tensor divergence, double limit)
    {
        using var off = no_grad();
        return divergence.gt(limit) & (advantage * logRatio).gt(0);      // [B]
    }

    /// <summary>Share of samples whose ratio lies outside the clip range.</summary>
    public static double ClipFraction(Tensor logRatio, double clip)
    {
        using var scope = NewDisposeScope();
        return (logRatio.exp() - 1).abs().gt(clip).to(float32).mean().item<float>();
    }
}
