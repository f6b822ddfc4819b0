using PortraitGen.Domain.Maths;

namespace PortraitGen.Domain.Tests.Maths;

/// <summary>Worked numbers: s = .5, s' = .4, x = .3, v = -1.1, x' = .55.</summary>
public sealed class KernelStepTests
{
    private const double S = 0.5, Next = 0.4, X = 0.3, V = -1.1, Drawn = 0.55;

    [Theory]
    [InlineData(KernelKind.FlowSde, 0.7, 0.42225, 0.221359436, 0.1245)]
    [InlineData(KernelKind.Cps, 0.8, 0.479098301, 0.380422607, 0.238196601)]
    [InlineData(KernelKind.DanceSde, 0.3, 0.41225, 0.09486833, 0.1045)]
    [InlineData(KernelKind.Ode, 0.5, 0.41, 0, 0.1)]
    public void A_step_has_the_worked_mean_spread_and_sensitivity(KernelKind kind, double noise, double mean, double std, double kappa)
    {
        var step = KernelStep.For(kind, noise, S, Next, 0.9);
        Assert.Equal(mean, step.Mean(X, V), 9);
        Assert.Equal(std, step.Std, 8);
        Assert.Equal(kappa, step.Kappa, 9);
        Assert.Equal(-kappa * 0.25, step.Mean(X, V + 0.25) - step.Mean(X, V), 9);
    }

    [Fact]
    public void The_log_probability_of_the_worked_Flow_SDE_step_is_the_worked_one()
    {
        var step = KernelStep.For(KernelKind.FlowSde, 0.7, S, Next, 0.9);
        Assert.Equal(0.422497707, GaussianRatio.LogProb([Drawn], [step.Mean(X, V)], step.Std), 8);
    }

    [Fact]
    public void The_log_probability_that_CPS_code_prints_is_twice_the_variance_times_the_quadratic_part()
    {
        var step = KernelStep.For(KernelKind.Cps, 0.8, S, Next, 0.9);
        double quadratic = GaussianRatio.LogProb([Drawn], [step.Mean(X, V)], step.Std) - GaussianRatio.LogProb([0], [0], step.Std);
        Assert.Equal(-0.005027051, 2 * step.Std * step.Std * quadratic, 9);
    }

    [Fact]
    public void At_pure_noise_the_first_Flow_SDE_step_spreads_by_a_itself()
    {
        var step = KernelStep.For(KernelKind.FlowSde, 0.7, 1, 0.9, 0.9);
        Assert.Equal(0.7, step.Std, 12);
        // At s = 1 the noise estimate is x itself and x0h = x - v, so mu = .1 (x - v) + .655 x.
        Assert.Equal(0.655, step.Cx - 0.1, 12);
        Assert.Equal(-0.1, step.Cv, 12);
    }

    [Fact]
    public void CPS_keeps_the_noise_balance_and_Flow_SDE_exceeds_it_by_the_known_excess()
    {
        foreach (var (s, next) in new[] { (1.0, 0.9), (0.7, 0.5), (0.2, 0.1) })
        {
            var cps = KernelStep.For(KernelKind.Cps, 0.8, s, next, 0.9);
            Assert.Equal(next * next, Noise(cps, s) * Noise(cps, s) + cps.Std * cps.Std, 12);
            var sde = KernelStep.For(KernelKind.FlowSde, 0.7, s, next, 0.9);
            double d = s - next, q = sde.Std * sde.Std / d;
            Assert.Equal(next * next + q * d * d / s + q * q * d * d / (4 * s * s), Noise(sde, s) * Noise(sde, s) + sde.Std * sde.Std, 12);
        }

        // The factor of eps in the mean for a true pair (x0, eps): x = (1-s) x0 + s eps, v = eps - x0.
        static double Noise(KernelStep step, double s) => step.Mean(s, 1);
    }

    [Theory]
    [InlineData(KernelKind.FlowSde), InlineData(KernelKind.Cps), InlineData(KernelKind.DanceSde)]
    public void Without_noise_every_kernel_is_the_Euler_step(KernelKind kind)
    {
        var step = KernelStep.For(kind, 1e-9, 0.6, 0.45, 0.9);
        Assert.Equal(1, step.Cx, 12);
        Assert.Equal(-0.15, step.Cv, 12);
        Assert.Equal(0, step.Std, 8);
    }

    [Theory]
    [InlineData(0.7), InlineData(0.3)]
    public void The_weight_of_Flow_SDE_is_its_closed_form(double s)
    {
        const double a = 0.7, d = 0.1;
        var step = KernelStep.For(KernelKind.FlowSde, a, s, s - d, 0.9);
        Assert.Equal(d * (1 + a * a / 2) * (1 + a * a / 2) * (1 - s) / (a * a * s), step.Weight, 12);
    }

    [Theory]
    [InlineData(0.5, 0.5), InlineData(0.5, 0.6), InlineData(1.01, 0.5), InlineData(0, -0.1), InlineData(double.NaN, 0.1)]
    public void Levels_that_do_not_fall_within_the_unit_range_are_refused(double s, double next) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => KernelStep.For(KernelKind.Cps, 0.8, s, next, 0.9));
}
