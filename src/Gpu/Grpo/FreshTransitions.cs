using PortraitGen.Domain.Campaigns;
using PortraitGen.Domain.Grpo;
using PortraitGen.Domain.Maths;
using PortraitGen.Gpu.Sampling;
using PortraitGen.Gpu.Tensors;
using static TorchSharp.torch;

namespace PortraitGen.Gpu.Grpo;

/// <summary>Exemplars by fresh transitions, the noise of the transition averaged out: a positive advantage is advantage-weighted flow matching on the real latent.</summary>
/// <remarks>x_s = (1-s) x0 + s eps at levels drawn from the campaign's seed; l = mean((eps - x0 - v)^2); log rho = -(l - l_old) / 2.
/// The levels are continuous and not those of the rollout window: skin texture lives at low s, windows at high s.</remarks>
public sealed class FreshTransitions
{
    private readonly Tensor _x, _target, _sigma;
    private readonly Conditioning _prompts;

    /// <param name="latents">Real latents, one a group, [K, C, h, w].</param>
    /// <param name="prompts">K captions.</param>
    /// <param name="groups">The K groups: their index names the draws.</param>
    /// <param name="exemplars">Levels and their range.</param>
    /// <param name="seed">The campaign's seed.</param>
    /// <param name="epoch">The epoch.</param>
    public FreshTransitions(Tensor latents, Conditioning prompts, IReadOnlyList<GroupRef> groups, ExemplarSpec exemplars, ulong seed, int epoch)
    {
        int levels = exemplars.Levels;
        var sigmas = groups.SelectMany(g => Enumerable.Range(0, levels).Select(j =>
            (float)(exemplars.MinSigma + (exemplars.MaxSigma - exemplars.MinSigma) * CounterRng.For(seed, "exemplar-sigma", epoch, g.Index).Uniform(j)))).ToArray();
        _sigma = tensor(sigmas, device: latents.device);                                                                      // [K*levels]
        var x0 = latents.repeat_interleave(levels, 0);                                                                        // [K*levels,C,h,w]
        long[] each = [1, .. latents.shape[1..]];
        var eps = cat([.. groups.SelectMany(g => Enumerable.Range(0, levels).Select(j =>
            Noise.Normal(CounterRng.For(seed, "exemplar-noise", epoch, g.Index, j), each, latents.device)))]);                // [K*levels,C,h,w]
        var s = _sigma.reshape(-1, 1, 1, 1);
        (_x, _target, _prompts) = ((1 - s) * x0 + s * eps, eps - x0, prompts.Repeat(levels));
    }

    /// <summary>l under a policy: [K * levels]. Differentiable.</summary>
    public Tensor Loss(Policy policy) => (_target - policy.Velocity(_x, _sigma, _prompts)).square().flatten(1).mean([1]);

    /// <summary>log rho = -(l - l_old) / 2: [K * levels].</summary>
    public static Tensor LogRatio(Tensor loss, Tensor old) => (loss - old) * -0.5;
}
