using PortraitGen.Domain.Maths;
using PortraitGen.Gpu.Tensors;
using static TorchSharp.torch;

namespace PortraitGen.Gpu.Grpo;

/// <summary>Clean latents noised to drawn levels: x = (1 - s) x0 + s eps. B = latents * levels, a latent's levels in a row.</summary>
/// <param name="X">[B, C, h, w].</param>
/// <param name="Target">The velocity that leads back, eps - x0; same shape.</param>
/// <param name="Sigma">s, [B].</param>
public sealed record NoisedLatents(Tensor X, Tensor Target, Tensor Sigma)
{
    /// <param name="latents">x0, [K, C, h, w].</param>
    /// <param name="purpose">Names the draws, with each latent's indices.</param>
    /// <param name="names">K times epoch, group and so on.</param>
    /// <param name="first">First level to draw.</param>
    /// <param name="count">Levels.</param>
    /// <param name="min">Lowest s.</param>
    /// <param name="max">Highest s.</param>
    /// <param name="seed">The campaign's seed.</param>
    public static NoisedLatents Draw(Tensor latents, string purpose, IReadOnlyList<long[]> names, int first, int count, double min, double max, ulong seed)
    {
        var levels = Enumerable.Range(first, count).ToArray();
        var sigmas = names.SelectMany(n => levels.Select(j => (float)(min + (max - min) * CounterRng.For(seed, purpose + "-sigma", n).Uniform(j)))).ToArray();
        var sigma = tensor(sigmas, device: latents.device);                                                                                    // [B]
        var x0 = latents.repeat_interleave(count, 0);                                                                                          // [B,C,h,w]
        long[] each = [1, .. latents.shape[1..]];
        var eps = cat([.. names.SelectMany(n => levels.Select(j => Noise.Normal(CounterRng.For(seed, purpose + "-noise", [.. n, j]), each, latents.device)))]); // [B,C,h,w]
        var s = sigma.reshape(-1, 1, 1, 1);
        return new((1 - s) * x0 + s * eps, eps - x0, sigma);
    }

    /// <summary>The flow-matching loss of a velocity: mean((eps - x0 - v)^2), [B].</summary>
    public Tensor Loss(Tensor v) => (Target - v).square().flatten(1).mean([1]);
}
