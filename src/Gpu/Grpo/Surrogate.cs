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

    /// <summary>Share of samples whose ratio lies outside the clip range.</summary>
    public static double ClipFraction(Tensor logRatio, double clip)
    {
        using var scope = NewDisposeScope();
        return (logRatio.exp() - 1).abs().gt(clip).to(float32).mean().item<float>();
    }
}
