using CsCheck;
using PortraitGen.Domain.Maths;

namespace PortraitGen.Domain.Tests.Maths;

public sealed class GaussianRatioTests
{
    [Fact]
    public void The_ratio_and_RatioNorm_have_the_worked_values()
    {
        Assert.Equal(0.118367347, GaussianRatio.LogRatio([0.9], [0.3], [0.31], 0.07), 9);
        Assert.Equal(0.009, GaussianRatio.RatioNorm([0.9], [0.3], [0.31]), 12);
    }

    [Fact]
    public void The_ratio_is_the_difference_of_two_log_probabilities()
    {
        var values = Gen.Double[-2, 2].Array[5];
        Gen.Select(values, values, values, Gen.Double[0.05, 1]).Sample((z, old, mu, std) =>
        {
            double[] drawn = [.. old.Select((m, i) => m + std * z[i])];
            double difference = GaussianRatio.LogProb(drawn, mu, std) - GaussianRatio.LogProb(drawn, old, std);
            Assert.Equal(difference, GaussianRatio.LogRatio(z, old, mu, std), 1e-8 * (1 + Math.Abs(difference)));
        });
    }

    [Fact]
    public void The_KL_is_the_mean_log_ratio_against_the_reference_over_the_policys_own_draws()
    {
        var step = KernelStep.For(KernelKind.Cps, 0.8, 0.5, 0.4, 0.9);
        double[] v = [0.3, -1.2], reference = [0.1, -0.7];
        double[] mu = [step.Mean(0.2, v[0]), step.Mean(-0.4, v[1])], muReference = [step.Mean(0.2, reference[0]), step.Mean(-0.4, reference[1])];
        // E_z of log N(mu) - log N(mu_ref) at x' = mu + std z, by the two-point rule that is exact for squares.
        double[] up = [mu[0] + step.Std, mu[1] + step.Std], down = [mu[0] - step.Std, mu[1] - step.Std];
        double expected = new[] { up, down }.Average(x => GaussianRatio.LogProb(x, mu, step.Std) - GaussianRatio.LogProb(x, muReference, step.Std));
        Assert.Equal(expected, GaussianRatio.Kl(v, reference, step), 12);
    }
}
