using PortraitGen.Domain.Grpo;
using PortraitGen.Gpu.Sampling;
using static TorchSharp.torch;

namespace PortraitGen.Gpu.Grpo;

/// <summary>Objective <c>nft</c> (DiffusionNFT, arXiv 2509.16117): on the forward process, an implicit good policy is drawn to the image and an implicit bad one too, in the measure of its advantage.</summary>
/// <remarks>The policy that samples is the average. Scalar twin: <see cref="PolicyLoss.Nft"/>.</remarks>
public sealed class NegativeAwareObjective : IObjective
{
    public bool OnKernel => false;

    public Kept Keep(Policy policy, Trajectories sampled, Conditioning each, RolloutInput input) =>
        new(zeros(0), zeros(0), zeros(0), sampled.Final, GeneratedLatents.Each(policy, sampled.Final, each, input, (_, v) => v));

    public Tensor Loss(Slice slice, int term)
    {
        var noised = GeneratedLatents.At(slice, term);
        var v = slice.Finite(slice.Policy.Conditional(noised.X, noised.Sigma, slice.Prompts), term);       // [N,C,h,w]
        var old = slice.Rollout.Old[term];                                                                 // [N,C,h,w]
        slice.Metrics.AddShift(KernelOps.VelocityKl(v, old));
        var loss = Loss(v, old, noised.X, slice.Rollout.Final, noised.Sigma, slice.Input.Matching.Beta, slice.Advantage).sum();
        return slice.WithKl(loss, () => KernelOps.VelocityKl(v, slice.Policy.ConditionalReference(noised.X, noised.Sigma, slice.Prompts)));
    }

    /// <summary>(r |x0+ - x0|^2 / W+ + (1 - r) |x0- - x0|^2 / W-) / b: [N].</summary>
    public static Tensor Loss(Tensor v, Tensor vOld, Tensor x, Tensor x0, Tensor sigma, double beta, Tensor advantage)
    {
        var s = sigma.reshape(-1, 1, 1, 1);
        var good = Side(x - s * (v * beta + vOld * (1 - beta)) - x0);                                      // [N]
        var bad = Side(x - s * (vOld * (1 + beta) - v * beta) - x0);                                       // [N]
        var r = (advantage / Advantages.Largest).clamp(-1, 1) / 2 + 0.5;                                   // [N]
        return (r * good + (1 - r) * bad) / beta;
    }

    private static Tensor Side(Tensor error) =>
        error.square().flatten(1).mean([1]) / error.detach().abs().flatten(1).mean([1]).clamp_min(1e-5);   // [N]
}
