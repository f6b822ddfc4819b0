namespace PortraitGen.Domain.Grpo;

/// <summary>The losses of one term of one generated image, to minimise, as scalars in double.</summary>
public static class PolicyLoss
{
    /// <summary>PPO: max(-A rho, -A clip(rho, 1 - c, 1 + c)).</summary>
    /// <param name="logRatio">log rho, nats.</param>
    /// <param name="advantage">A.</param>
    /// <param name="clip">c, &gt; 0.</param>
    public static double Clip(double logRatio, double advantage, double clip)
    {
        double ratio = Math.Exp(Math.Clamp(logRatio, -20, 20));
        return Math.Max(-advantage * ratio, -advantage * Math.Clamp(ratio, 1 - clip, 1 + clip));
    }

    /// <summary>Flow-DPPO: -A rho, and nothing where the step has diverged beyond the limit and its gradient would carry it on.</summary>
    /// <param name="logRatio">log rho, nats.</param>
    /// <param name="advantage">A.</param>
    /// <param name="divergence">KL of the step from the old policy's, nats per dimension.</param>
    /// <param name="limit">The divergence allowed.</param>
    public static double Dppo(double logRatio, double advantage, double divergence, double limit) =>
        divergence > limit && advantage * logRatio > 0 ? 0 : -advantage * Math.Exp(Math.Clamp(logRatio, -20, 20));

    /// <summary>DiffusionNFT's weight of the good side: r = clip(A / 5, -1, 1) / 2 + 1/2.</summary>
    public static double NftReward(double advantage) => Math.Clamp(advantage / Advantages.Largest, -1, 1) / 2 + 0.5;

    /// <summary>DiffusionNFT (arXiv 2509.16117): (r |x0+ - x0|^2 / W+ + (1 - r) |x0- - x0|^2 / W-) / b, each a mean over elements.</summary>
    /// <param name="v">Velocity of the policy in training at x = (1 - s) x0 + s eps.</param>
    /// <param name="vOld">Velocity of the policy that sampled.</param>
    /// <param name="x">The noised latent.</param>
    /// <param name="x0">The generated latent.</param>
    /// <param name="s">Noise level.</param>
    /// <param name="beta">b: v+ = b v + (1 - b) v_old, v- = (1 + b) v_old - b v; x0+- = x - s v+-.</param>
    /// <param name="advantage">A.</param>
    /// <remarks>W is the mean absolute error of its side, at least 1e-5, and no part of the gradient.</remarks>
    public static double Nft(ReadOnlySpan<double> v, ReadOnlySpan<double> vOld, ReadOnlySpan<double> x, ReadOnlySpan<double> x0, double s, double beta, double advantage)
    {
        double square = 0, squareBad = 0, absolute = 0, absoluteBad = 0;
        for (int i = 0; i < v.Length; i++)
        {
            double good = x[i] - s * (beta * v[i] + (1 - beta) * vOld[i]) - x0[i], bad = x[i] - s * ((1 + beta) * vOld[i] - beta * v[i]) - x0[i];
            (square, absolute) = (square + good * good, absolute + Math.Abs(good));
            (squareBad, absoluteBad) = (squareBad + bad * bad, absoluteBad + Math.Abs(bad));
        }
        double r = NftReward(advantage);
        return (r * square / Math.Max(absolute, 1e-5 * v.Length) + (1 - r) * squareBad / Math.Max(absoluteBad, 1e-5 * v.Length)) / beta;
    }
}
