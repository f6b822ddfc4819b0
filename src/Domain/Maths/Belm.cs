namespace PortraitGen.Domain.Maths;

/// <summary>BELM for rectified flow: a two-step sampler that inverts algebraically exactly on its own grid (after BELM, arXiv 2410.07273, in sigma).</summary>
/// <remarks>With h = s_i - s_{i+1}, p = s_{i-1} - s_i and R = h / p:
/// x_{i+1} = R^2 x_{i-1} + (1 - R^2) x_i - h (1 + R) v(x_i, s_i), solved for x_{i-1} to invert.</remarks>
public readonly record struct Belm(double R2, double VelocityFactor)
{
    /// <summary>The coefficients at a level with its noisier and its cleaner neighbour.</summary>
    public static Belm At(double noisier, double level, double cleaner)
    {
        double h = level - cleaner, r = h / (noisier - level);
        return new(r * r, h * (1 + r));
    }

    /// <summary>The cleaner state from the noisier one and the present one, for one element.</summary>
    public double Sample(double noisier, double present, double v) => R2 * noisier + (1 - R2) * present - VelocityFactor * v;

    /// <summary>The noisier state from the cleaner one and the present one, for one element.</summary>
    public double Invert(double cleaner, double present, double v) => (cleaner - (1 - R2) * present + VelocityFactor * v) / R2;
}
