using CsCheck;
using PortraitGen.Domain.Maths;

namespace PortraitGen.Domain.Tests.Maths;

public sealed class SigmaGridTests
{
    [Fact]
    public void A_grid_falls_from_exactly_one_to_exactly_zero_under_every_allowed_shift() =>
        Gen.Select(Gen.Int[2, 100], Gen.Double[0.1, 20]).Sample((steps, shift) =>
        {
            double[] grid = SigmaGrid.Uniform(steps, shift);
            Assert.Equal(steps + 1, grid.Length);
            Assert.Equal(1, grid[0], 0.0);
            Assert.Equal(0, grid[^1], 0.0);
            for (int i = 0; i < steps; i++) Assert.True(grid[i + 1] < grid[i]);
        });

    [Theory]
    [InlineData(0.1), InlineData(0.3)]
    public void The_first_kernel_step_exists_under_a_small_shift(double shift)
    {
        double[] grid = SigmaGrid.Uniform(10, shift);
        Assert.Equal(0.7, KernelStep.For(KernelKind.FlowSde, 0.7, grid[0], grid[1], grid[1]).Std, 9);
    }

    [Fact]
    public void The_shift_of_three_lifts_the_middle_to_three_quarters()
    {
        Assert.Equal(0.75, SigmaGrid.Shift(0.5, 3), 12);
        Assert.Equal(0.5, SigmaGrid.Shift(0.5, 1), 12);
    }
}
