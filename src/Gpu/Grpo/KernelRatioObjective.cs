using PortraitGen.Domain.Campaigns;
using PortraitGen.Domain.Grpo;
using PortraitGen.Domain.Maths;
using PortraitGen.Gpu.Sampling;
using static TorchSharp.torch;

namespace PortraitGen.Gpu.Grpo;

/// <summary>Objective <c>grpo</c>: the likelihood ratio of the sampling kernel's steps, clipped, normed or masked.</summary>
public sealed class KernelRatioObjective : IObjective
{
    public bool OnKernel => true;

    public Kept Keep(Policy policy, Trajectories sampled, Conditioning each, RolloutInput input) => new(sampled.X, sampled.V, sampled.Z, zeros(0), zeros(0));

    public Tensor Loss(Slice slice, int term)
    {
        var (input, rollout, o) = (slice.Input, slice.Rollout, slice.Input.Optimizer);
        int i = input.WindowStart + term;
        double s = slice.Grid[i];
        var step = KernelStep.For(input.Sampler.Kernel, input.Sampler.Noise, s, slice.Grid[i + 1], slice.Grid[1]);
        var v = slice.Finite(slice.Policy.Velocity(rollout.X[term], s, slice.Prompts), term);              // [N,C,h,w]
        var logRatio = KernelOps.Ratio(o.Ratio, step, rollout.Z[term], rollout.V[term], v);                // [N]
        Tensor loss;
        if (o.TrustRegion is TrustRegion.Dppo)
        {
            var divergence = KernelOps.Kl(step, v, rollout.V[term]);                                       // [N]
            loss = Surrogate.Dppo(logRatio, slice.Advantage, divergence, o.DivergenceLimit);
            slice.Metrics.Add(logRatio, Surrogate.MaskFraction(logRatio, slice.Advantage, divergence, o.DivergenceLimit));
        }
        else
        {
            loss = Surrogate.Loss(logRatio, slice.Advantage, slice.Clip);
            slice.Metrics.Add(logRatio, Surrogate.ClipFraction(logRatio, slice.Clip));
        }
        if (o.StepWeight is StepWeight.InverseLength) loss = loss / ((slice.Grid.Count - 1) * (s - slice.Grid[i + 1]));
        slice.Metrics.AddZ(rollout.Z[term]);
        return slice.WithKl(loss, () => KernelOps.Distance(o.KlKind, step, s - slice.Grid[i + 1], v, slice.Policy.Reference(rollout.X[term], s, slice.Prompts)));
    }
}
