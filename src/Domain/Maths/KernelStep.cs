namespace PortraitGen.Domain.Maths;

/// <summary>The policy kernels of flow-matching GRPO: how a step from one noise level to the next is drawn.</summary>
public enum KernelKind
{
    /// <summary>Flow-GRPO's SDE (arXiv 2505.05470).</summary>
    FlowSde,

    /// <summary>Coefficient-preserving sampling (Flow-CPS, arXiv 2509.05952).</summary>
    Cps,

    /// <summary>DanceGRPO's SDE (arXiv 2505.07818).</summary>
    DanceSde,

    /// <summary>Deterministic Euler: no noise, hence no likelihood.</summary>
    Ode,
}

/// <summary>One step of a policy kernel, x' = <c>Cx</c> x + <c>Cv</c> v + <c>Std</c> xi with xi standard normal: every kernel is linear in latent and velocity.</summary>
/// <param name="Cx">Factor of the latent x, unitless.</param>
/// <param name="Cv">Factor of the velocity v = eps - x0; negative.</param>
/// <param name="Std">Standard deviation of the step's noise, per element; 0 for <see cref="KernelKind.Ode"/>.</param>
/// <remarks>Convention: x_s = (1-s) x0 + s eps, s = 1 is noise; x0h = x - s v, eh = x + (1-s) v.</remarks>
public readonly record struct KernelStep(double Cx, double Cv, double Std)
{
    /// <summary>How far the mean moves against a change of velocity: mu* - mu = -Kappa (v* - v).</summary>
    public double Kappa => -Cv;

    /// <summary>w = Kappa^2 / Std^2: turns a squared velocity error into twice the kernel's KL, per dimension.</summary>
    public double Weight => Cv * Cv / (Std * Std);

    /// <summary>Whether the step is one that a policy can be trained by: some noise, and no sign change of the latent.</summary>
    public bool IsSound => Std > 0 && Cx > 0 && double.IsFinite(Cv);

    /// <summary>The mean of x' for one element.</summary>
    public double Mean(double x, double v) => Cx * x + Cv * v;

    /// <summary>The step of <paramref name="kind"/> from sigma <paramref name="s"/> down to <paramref name="next"/>.</summary>
    /// <param name="kind">The kernel.</param>
    /// <param name="noise">a of Flow-SDE and CPS, eta of Dance-SDE. Unitless.</param>
    /// <param name="s">Noise level before the step, in (0, 1].</param>
    /// <param name="next">Noise level after it, in [0, s).</param>
    /// <param name="firstNext">The grid's second level: stands in for s in 1 - s where s = 1, as the reference code does. Makes the first std equal a.</param>
    /// <exception cref="ArgumentOutOfRangeException">The levels do not decrease within [0, 1].</exception>
    public static KernelStep For(KernelKind kind, double noise, double s, double next, double firstNext)
    {
        if (!(s is > 0 and <= 1 && next >= 0 && next < s)) throw new ArgumentOutOfRangeException(nameof(next), $"sigma must fall within [0, 1]: {s} -> {next}.");
        double d = s - next;
        switch (kind)
        {
            case KernelKind.FlowSde:
                double q = noise * noise * s / (1 - (s == 1 ? firstNext : s));
                return new(1 - q * d / (2 * s), -d * (1 + q * (1 - s) / (2 * s)), Math.Sqrt(q * d));
            case KernelKind.Cps:
                double c = next * Math.Cos(noise * Math.PI / 2);
                return new(1 - next + c, -(1 - next) * s + c * (1 - s), next * Math.Sin(noise * Math.PI / 2));
            case KernelKind.DanceSde:
                double half = noise * noise / (2 * s);
                return new(1 - d * half, -d * (1 + half * (1 - s)), noise * Math.Sqrt(d));
            case KernelKind.Ode:
                return new(1, -d, 0);
            default:
                throw new ArgumentOutOfRangeException(nameof(kind), $"{kind} is no kernel.");
        }
    }
}
