using PortraitGen.Domain.Campaigns;
using PortraitGen.Domain.Grpo;
using PortraitGen.Gpu.Sampling;
using static TorchSharp.torch;

namespace PortraitGen.Gpu.Grpo;

/// <summary>Exemplars by fresh transitions, the noise of the transition averaged out: a positive advantage is advantage-weighted flow matching on the real latent.</summary>
/// <remarks>x_s = (1-s) x0 + s eps at levels drawn from the campaign's seed; l = mean((eps - x0 - v)^2); log rho = -(l - l_old) / 2.
/// The levels are continuous and not those of the rollout window: skin texture lives at low s, windows at high s. Guidance has no part in it: real images are what the bare velocity leads to.</remarks>
public sealed class FreshTransitions
{
    private readonly NoisedLatents _noised;
    private readonly Conditioning _prompts;

    /// <param name="latents">Real latents, one a group, [K, C, h, w].</param>
    /// <param name="prompts">K captions.</param>
    /// <param name="groups">The K groups: their index names the draws.</param>
    /// <param name="exemplars">Levels and their range.</param>
    /// <param name="seed">The campaign's seed.</param>
    /// <param name="epoch">The epoch.</param>
    public FreshTransitions(Tensor latents, Conditioning prompts, IReadOnlyList<GroupRef> groups, ExemplarSpec exemplars, ulong seed, int epoch)
    {
        _noised = NoisedLatents.Draw(latents, "exemplar", [.. groups.Select(g => new long[] { epoch, g.Index })], 0, exemplars.Levels, exemplars.MinSigma, exemplars.MaxSigma, seed);
        _prompts = prompts.Repeat(exemplars.Levels);
    }

    /// <summary>l under a policy: [K * levels]. Differentiable.</summary>
    public Tensor Loss(Policy policy) => _noised.Loss(policy.Conditional(_noised.X, _noised.Sigma, _prompts));

    /// <summary>log rho = -(l - l_old) / 2: [K * levels].</summary>
    public static Tensor LogRatio(Tensor loss, Tensor old) => (loss - old) * -0.5;
}
