using PortraitGen.Domain.Campaigns;
using PortraitGen.Domain.Grpo;
using PortraitGen.Gpu.Sampling;
using static TorchSharp.torch;

namespace PortraitGen.Gpu.Grpo;

/// <summary>How generated images teach: what a rollout keeps for it, and the loss. One file each, found by the specification's word in <see cref="Objectives"/>.</summary>
/// <remarks>An image's loss is a sum of terms: trained steps of the kernel, or noise levels. A term is one forward and one backward pass.</remarks>
public interface IObjective
{
    /// <summary>Whether its terms are steps of the sampling kernel, under the sampler's guidance.</summary>
    bool OnKernel { get; }

    /// <summary>What the gradient will need of the sampling policy. Without gradients.</summary>
    /// <param name="policy">The policy that sampled.</param>
    /// <param name="sampled">Its trajectories.</param>
    /// <param name="each">N prompts.</param>
    /// <param name="input">The rollout.</param>
    Kept Keep(Policy policy, Trajectories sampled, Conditioning each, RolloutInput input);

    /// <summary>One term's loss, summed over the slice's images: slices add up to the epoch's objective. Differentiable.</summary>
    Tensor Loss(Slice slice, int term);
}

/// <summary>What a rollout keeps for its objective; what it has no use for is empty.</summary>
/// <param name="X">[W, N, C, h, w] latents before each trained step.</param>
/// <param name="V">Same shape: the sampling policy's velocity.</param>
/// <param name="Z">Same shape: the noise of each step.</param>
/// <param name="Final">[N, C, h, w] generated latents.</param>
/// <param name="Old">The sampling policy at each noise level: its velocity [L, N, C, h, w], or its loss [L, N].</param>
public sealed record Kept(Tensor X, Tensor V, Tensor Z, Tensor Final, Tensor Old);

/// <summary>A slice in the making of its gradient.</summary>
/// <param name="Policy">The policy in training.</param>
/// <param name="Prompts">N prompts.</param>
/// <param name="Advantage">[N].</param>
/// <param name="Grid">Falling sigmas.</param>
public sealed record Slice(GradientInput Input, Policy Policy, Conditioning Prompts, RolloutTensors Rollout, Tensor Advantage, IReadOnlyList<double> Grid, RatioMetrics Metrics)
{
    /// <summary>The clip at this latent's size, unitless.</summary>
    public double Clip => Surrogate.ClipFor(Input.Optimizer.ClipRange, (Rollout.X.numel() > 0 ? Rollout.X[0][0] : Rollout.Final[0]).numel());

    /// <summary>The same velocity, once it is known to be finite.</summary>
    public Tensor Finite(Tensor velocity, int term)
    {
        Grpo.Finite.Require(velocity.detach(), $"the velocity at term {term + 1} of the loss in epoch {Input.Epoch}");
        return velocity;
    }

    /// <summary>The loss with the distance to the base added, when the specification asks for it.</summary>
    /// <param name="distance">Gives it, [N].</param>
    public Tensor WithKl(Tensor loss, Func<Tensor> distance)
    {
        if (Input.Optimizer.KlWeight <= 0) return loss;
        var kl = distance();
        Metrics.AddKl(kl);
        return loss + kl.sum() * Input.Optimizer.KlWeight;
    }
}

/// <summary>The objectives that sample, by their word in the specification.</summary>
public static class Objectives
{
    public static IObjective Of(Objective objective) => objective switch
    {
        Objective.Grpo => new KernelRatioObjective(),
        Objective.Nft => new NegativeAwareObjective(),
        Objective.Awm => new MatchingRatioObjective(),
        _ => throw new ArgumentOutOfRangeException(nameof(objective), $"{objective} samples nothing."),
    };
}
