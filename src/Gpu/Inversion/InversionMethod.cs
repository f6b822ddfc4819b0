using PortraitGen.Domain.Campaigns;
using static TorchSharp.torch;

namespace PortraitGen.Gpu.Inversion;

/// <summary>v(x, s): latents [B, C, h, w] at one noise level to velocities of the same shape.</summary>
public delegate Tensor VelocityField(Tensor x, double sigma);

/// <summary>The path from a clean latent up to noise: N + 1 states in the order of the grid, the last one the latent itself.</summary>
public delegate Tensor[] Inverting(VelocityField velocity, Tensor x0, IReadOnlyList<double> grid, CancellationToken cancel);

/// <summary>The method's own sampler from the noisy end of a path down to sigma 0.</summary>
public delegate Tensor Replaying(VelocityField velocity, IReadOnlyList<Tensor> states, IReadOnlyList<double> grid, CancellationToken cancel);

/// <summary>One way to invert, with the sampler that it undoes.</summary>
/// <remarks>Its cost is <see cref="Domain.Inversion.InversionCost"/>.</remarks>
public sealed record InversionMethod(Inverting Invert, Replaying Replay)
{
    /// <exception cref="ArgumentOutOfRangeException">A method of exemplars that inverts nothing.</exception>
    public static InversionMethod Of(ExemplarMethod method) => method switch
    {
        ExemplarMethod.Belm => new(BelmInversion.Invert, BelmInversion.Replay),
        ExemplarMethod.Euler => new(FlowInversions.Euler, FlowInversions.EulerReplay),
        ExemplarMethod.FixedPoint => new(FlowInversions.FixedPoint, FlowInversions.EulerReplay),
        ExemplarMethod.Fireflow => new(FlowInversions.Fireflow, FlowInversions.FireflowReplay),
        _ => throw new ArgumentOutOfRangeException(nameof(method), $"{method} inverts nothing."),
    };
}
