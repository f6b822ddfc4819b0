namespace PortraitGen.Domain.Maths;

/// <summary>Log-probabilities and ratios of isotropic Gaussian kernels, as means over dimensions (the field's clip ranges assume the mean).</summary>
public static class GaussianRatio
{
    /// <summary>log N(x'; mu, std^2), mean over dimensions, in nats.</summary>
    public static double LogProb(ReadOnlySpan<double> next, ReadOnlySpan<double> mu, double std)
    {
        double sum = 0;
        for (int i = 0; i < next.Length; i++)
        {
            double z = (next[i] - mu[i]) / std;
            sum -= z * z / 2 + Math.Log(std) + Math.Log(2 * Math.PI) / 2;
        }
        return sum / next.Length;
    }

    /// <summary>log rho = mean(z d - d^2 / 2), with d = (mu - mu_old) / std: free of the cancellation of two log-probabilities.</summary>
    /// <param name="z">(x' - mu_old) / std, length dim.</param>
    /// <param name="muOld">Mean under the policy that drew x'.</param>
    /// <param name="mu">Mean under the policy in training.</param>
    /// <param name="std">Standard deviation of the kernel, &gt; 0.</param>
    public static double LogRatio(ReadOnlySpan<double> z, ReadOnlySpan<double> muOld, ReadOnlySpan<double> mu, double std)
    {
        double sum = 0;
        for (int i = 0; i < z.Length; i++)
        {
            double d = (mu[i] - muOld[i]) / std;
            sum += z[i] * d - d * d / 2;
        }
        return sum / z.Length;
    }

    /// <summary>GRPO-Guard's RatioNorm (arXiv 2510.22319), simplified: mean(z (mu - mu_old)).</summary>
    public static double RatioNorm(ReadOnlySpan<double> z, ReadOnlySpan<double> muOld, ReadOnlySpan<double> mu)
    {
        double sum = 0;
        for (int i = 0; i < z.Length; i++) sum += z[i] * (mu[i] - muOld[i]);
        return sum / z.Length;
    }

    /// <summary>The log-ratio of Flow-CPS's published code, which drops 1 / (2 std^2) and all constants: mean((x' - mu_old)^2 - (x' - mu)^2).</summary>
    public static double CpsCode(ReadOnlySpan<double> z, ReadOnlySpan<double> muOld, ReadOnlySpan<double> mu, double std) =>
        2 * std * std * LogRatio(z, muOld, mu, std);

    /// <summary>KL of the step from the old policy's: mean((mu - mu_old)^2) / (2 std^2), in nats per dimension (Flow-DPPO's divergence, arXiv 2606.11025).</summary>
    public static double Divergence(ReadOnlySpan<double> muOld, ReadOnlySpan<double> mu, double std)
    {
        double sum = 0;
        for (int i = 0; i < mu.Length; i++) sum += (mu[i] - muOld[i]) * (mu[i] - muOld[i]);
        return sum / mu.Length / (2 * std * std);
    }

    /// <summary>mean((v - v_ref)^2): the KL without the kernel's weight.</summary>
    public static double VelocityKl(ReadOnlySpan<double> v, ReadOnlySpan<double> vRef)
    {
        double sum = 0;
        for (int i = 0; i < v.Length; i++) sum += (v[i] - vRef[i]) * (v[i] - vRef[i]);
        return sum / v.Length;
    }

    /// <summary>KL of two kernels of equal std, mean over dimensions: w/2 mean((v - v_ref)^2), in nats.</summary>
    public static double Kl(ReadOnlySpan<double> v, ReadOnlySpan<double> vRef, KernelStep step)
    {
        double sum = 0;
        for (int i = 0; i < v.Length; i++) sum += (v[i] - vRef[i]) * (v[i] - vRef[i]);
        return step.Weight / 2 * sum / v.Length;
    }
}
