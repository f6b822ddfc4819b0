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

    /// <summary>KL of two kernels of equal std, mean over dimensions: w/2 mean((v - v_ref)^2), in nats.</summary>
    public static double Kl(ReadOnlySpan<double> v, ReadOnlySpan<double> vRef, KernelStep step)
    {
        double sum = 0;
        for (int i = 0; i < v.Length; i++) sum += (v[i] - vRef[i]) * (v[i] - vRef[i]);
        return step.Weight / 2 * sum / v.Length;
    }
}
