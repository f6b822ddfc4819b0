using CsCheck;
using PortraitGen.Domain.Maths;

namespace PortraitGen.Domain.Tests.Maths;

public sealed class BelmTests
{
    [Theory]
    [InlineData(10, 1), InlineData(10, 3), InlineData(28, 1)]
    public void A_path_inverts_and_replays_to_rounding_level(int steps, double shift)
    {
        double[] grid = SigmaGrid.Uniform(steps, shift);
        double[] states = new double[steps + 1];
        states[steps] = 0.83;
        states[steps - 1] = states[steps] + grid[steps - 1] * Velocity(states[steps], 0);
        for (int i = steps - 1; i > 0; i--) states[i - 1] = Belm.At(grid[i - 1], grid[i], grid[i + 1]).Invert(states[i + 1], states[i], Velocity(states[i], grid[i]));
        var (noisier, present) = (states[0], states[1]);
        for (int i = 1; i < steps; i++) (noisier, present) = (present, Belm.At(grid[i - 1], grid[i], grid[i + 1]).Sample(noisier, present, Velocity(present, grid[i])));
        Assert.Equal(states[steps], present, 1e-12);
        Assert.NotEqual(states[0], states[steps], 0.05);
    }

    [Fact]
    public void Each_step_inverts_exactly_for_any_velocity() =>
        Gen.Select(Gen.Double[-3, 3], Gen.Double[-3, 3], Gen.Double[-3, 3], Gen.Double[0.02, 0.3], Gen.Double[0.02, 0.3]).Sample((a, b, v, up, down) =>
        {
            var belm = Belm.At(0.4 + up, 0.4, 0.4 - down);
            Assert.Equal(a, belm.Invert(belm.Sample(a, b, v), b, v), 1e-9);
        });

    /// <summary>dx/ds = v: the two-step rule is exact where v does not change, and for v linear in s on an even grid (the midpoint rule).</summary>
    [Fact]
    public void The_rule_is_second_order()
    {
        var uneven = Belm.At(0.7, 0.5, 0.45);
        Assert.Equal(1.45, uneven.Sample(1.7, 1.5, 1), 12); // x = 1 + s
        Assert.Equal(0.4 * 0.4, Belm.At(0.6, 0.5, 0.4).Sample(0.36, 0.25, 1), 12); // x = s^2, v = 2 s
        Assert.Equal(0.45 * 0.45, uneven.Sample(0.49, 0.25, 1), 12);
    }

    private static double Velocity(double x, double s) => Math.Sin(1.3 * x) + 0.5 * Math.Cos(2 * s) * x;
}
