using PortraitGen.Domain.Maths;

namespace PortraitGen.Domain.Tests.Maths;

/// <summary>On dx/ds = x cos s, whose paths are known: x(s) = x(0) exp(sin s).</summary>
public sealed class FlowInversionTests
{
    private const double Clean = 0.8;

    private static double Velocity(double x, double s) => x * Math.Cos(s);

    [Theory]
    [InlineData(1), InlineData(3)]
    public void Euler_is_of_first_and_FireFlow_of_second_order(double shift)
    {
        Assert.InRange(Order(FlowInversion.Euler, shift), 0.85, 1.15);
        Assert.InRange(Order(FlowInversion.Fireflow, shift), 1.8, 2.2);
    }

    [Fact]
    public void FireFlow_is_nearer_than_Euler_at_eight_steps() =>
        Assert.True(Error(FlowInversion.Fireflow, 8, 1) < Error(FlowInversion.Euler, 8, 1) / 10);

    [Fact]
    public void The_fixed_point_is_what_Euler_sampling_undoes()
    {
        double[] grid = SigmaGrid.Uniform(10, 1);
        double[] states = FlowInversion.FixedPoint(Velocity, Clean, grid, 40);
        double x = states[0];
        for (int i = 0; i < 10; i++) x -= (grid[i] - grid[i + 1]) * Velocity(x, grid[i]);
        Assert.Equal(Clean, x, 14);

        // Each iteration shrinks the error by h L, here at most a tenth.
        double four = FlowInversion.FixedPoint(Velocity, Clean, grid, 4)[0];
        Assert.InRange(Math.Abs(four - states[0]), 1e-9, 1e-3);
        double[] euler = FlowInversion.Euler(Velocity, Clean, grid);
        Assert.True(Math.Abs(euler[0] - states[0]) > 1e-2);
    }

    private static double Order(Func<Func<double, double, double>, double, IReadOnlyList<double>, double[]> method, double shift) =>
        Math.Log2(Error(method, 40, shift) / Error(method, 80, shift));

    private static double Error(Func<Func<double, double, double>, double, IReadOnlyList<double>, double[]> method, int steps, double shift) =>
        Math.Abs(method(Velocity, Clean, SigmaGrid.Uniform(steps, shift))[0] - Clean * Math.Exp(Math.Sin(1)));
}
