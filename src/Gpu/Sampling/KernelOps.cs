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

    /// <summary>KL of the policy's step to the reference's: [B, …] -> [B] nats, mean over dimensions, with the kernel's true variance.</summary>
    public static Tensor Kl(KernelStep step, Tensor v, Tensor vReference) => (v - vReference).square().flatten(1).mean([1]) * (step.Weight / 2);
}
