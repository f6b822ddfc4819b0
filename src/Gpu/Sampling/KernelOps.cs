using PortraitGen.Domain.Campaigns;
using PortraitGen.Domain.Maths;
using static TorchSharp.torch;

namespace PortraitGen.Gpu.Sampling;

/// <summary>The tensor twins of <see cref="KernelStep"/> and <see cref="GaussianRatio"/>, in fp32.</summary>
public static class KernelOps
{
    /// <summary>mu = Cx x + Cv v.</summary>
    public static Tensor Mean(KernelStep step, Tensor x, Tensor v) => x * step.Cx + v * step.Cv;

    /// <summary>log N(x'; mu, std^2), mean over all but the first axis: [B, …] -> [B] nats.</summary>
    public static Tensor LogProb(Tensor next, Tensor mean, double std) =>
        -(((next - mean) / std).square().flatten(1).mean([1]) / 2 + Math.Log(std) + Math.Log(2 * Math.PI) / 2);

    /// <summary>log rho of a policy step: [B, …] -> [B] nats, mean over dimensions.</summary>
    /// <param name="step">The kernel's step.</param>
    /// <param name="z">(x' - mu_old) / std.</param>
    /// <param name="vOld">Velocity of the policy that sampled.</param>
    /// <param name="v">Velocity of the policy in training.</param>
    public static Tensor LogRatio(KernelStep step, Tensor z, Tensor vOld, Tensor v)
    {
        var d = (v - vOld) * (step.Cv / step.Std);              // = (mu - mu_old) / std, exactly 0 for equal velocities
        return (z * d - d.square() / 2).flatten(1).mean([1]);   // [B]
    }

    /// <summary>GRPO-Guard's RatioNorm: mean(z (mu - mu_old)), [B, …] -> [B].</summary>
    public static Tensor RatioNorm(KernelStep step, Tensor z, Tensor vOld, Tensor v) => (z * ((v - vOld) * step.Cv)).flatten(1).mean([1]);

    /// <summary>The ratio that a specification asks for: [B].</summary>
    public static Tensor Ratio(RatioKind kind, KernelStep step, Tensor z, Tensor vOld, Tensor v) => kind switch
    {
        RatioKind.RatioNorm => RatioNorm(step, z, vOld, v),
        RatioKind.CpsCode => LogRatio(step, z, vOld, v) * (2 * step.Std * step.Std),
        _ => LogRatio(step, z, vOld, v),
    };

    /// <summary>KL of the policy's step to the reference's: [B, …] -> [B] nats, mean over dimensions, with the kernel's true variance.</summary>
    public static Tensor Kl(KernelStep step, Tensor v, Tensor vReference) => (v - vReference).square().flatten(1).mean([1]) * (step.Weight / 2);

    /// <summary>mean((v - v_ref)^2): [B, …] -> [B].</summary>
    public static Tensor VelocityKl(Tensor v, Tensor vReference) => (v - vReference).square().flatten(1).mean([1]);

    /// <summary>The distance to the base that a specification asks for: [B].</summary>
    /// <param name="length">The step's length in sigma.</param>
    public static Tensor Distance(KlKind kind, KernelStep step, double length, Tensor v, Tensor vReference) => kind switch
    {
        KlKind.Velocity => VelocityKl(v, vReference),
        KlKind.FlowGrpo => Kl(step, v, vReference) * length,
        _ => Kl(step, v, vReference),
    };
}
