using PortraitGen.Domain.Campaigns;
using PortraitGen.Domain.Grpo;
using PortraitGen.Gpu.Sampling;
using static TorchSharp.torch;

namespace PortraitGen.Gpu.Grpo;

/// <summary>Objective <c>awm</c> (arXiv 2509.25050): PPO with the flow-matching loss of the generated latent in the place of a log-probability.</summary>
public sealed class MatchingRatioObjective : IObjective
{
    private const double Least = 1e-10; // l^p has no slope at 0

    public bool OnKernel => false;

    public Kept Keep(Policy policy, Trajectories sampled, Conditioning each, RolloutInput input) =>
        new(zeros(0), zeros(0), zeros(0), sampled.Final, GeneratedLatents.Each(policy, sampled.Final, each, input, (noised, v) => noised.Loss(v)));

    public Tensor Loss(Slice slice, int term)
    {
        var noised = GeneratedLatents.At(slice, term);
        var v = slice.Finite(slice.Policy.Conditional(noised.X, noised.Sigma, slice.Prompts), term);       // [N,C,h,w]
        var logRatio = LogRatio(slice.Input.Matching, noised.Loss(v), slice.Rollout.Old[term], noised.Sigma); // [N]
        slice.Metrics.Add(logRatio, Surrogate.ClipFraction(logRatio, slice.Clip));
        return slice.WithKl(Surrogate.Loss(logRatio, slice.Advantage, slice.Clip),
            () => KernelOps.VelocityKl(v, slice.Policy.ConditionalReference(noised.X, noised.Sigma, slice.Prompts)));
    }

    /// <summary>log rho of losses l [N] against those of the sampling policy: -(l - l_old) / 2, or -(s / p) (l^p - l_old^p).</summary>
    internal static Tensor LogRatio(MatchingSpec matching, Tensor loss, Tensor old, Tensor sigma) => matching.Likelihood is Likelihood.MeanSquare
        ? FreshTransitions.LogRatio(loss, old)
        : (Powered(loss, matching.Power) - Powered(old, matching.Power)) * sigma * (-1 / matching.Power);

    private static Tensor Powered(Tensor loss, double power) => (loss + Least).pow(power);
}
