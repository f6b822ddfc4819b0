namespace PortraitGen.Domain.Maths;

/// <summary>Paths of the flow ODE dx/ds = v(x, s) from a clean state up to noise, along a falling grid, for one element. States lie in the order of the grid.</summary>
/// <remarks>BELM, which is exact on its grid, is <see cref="Belm"/>.</remarks>
public static class FlowInversion
{
    /// <summary>x_{i-1} = x_i + h v(x_i, s_i), h = s_{i-1} - s_i: first order; N evaluations.</summary>
    /// <param name="velocity">v(x, s).</param>
    /// <param name="x0">The clean state, at the grid's last level.</param>
    /// <param name="grid">N + 1 falling levels.</param>
    public static double[] Euler(Func<double, double, double> velocity, double x0, IReadOnlyList<double> grid) =>
        Upwards(x0, grid, (x, i) => x + (grid[i - 1] - grid[i]) * velocity(x, grid[i]));

    /// <summary>x_{i-1} = x_i + h v(x_{i-1}, s_{i-1}), solved by iteration: the inverse of Euler sampling where h times v's Lipschitz constant is below 1.</summary>
    /// <param name="velocity">v(x, s).</param>
    /// <param name="x0">The clean state.</param>
    /// <param name="grid">N + 1 falling levels.</param>
    /// <param name="iterations">Evaluations of each step.</param>
    public static double[] FixedPoint(Func<double, double, double> velocity, double x0, IReadOnlyList<double> grid, int iterations) =>
        Upwards(x0, grid, (x, i) =>
        {
            double up = x;
            for (int k = 0; k < iterations; k++) up = x + (grid[i - 1] - grid[i]) * velocity(up, grid[i - 1]);
            return up;
        });

    /// <summary>FireFlow (arXiv 2412.07517): the midpoint rule, its half step taken with the midpoint velocity of the step before. Second order; N + 1 evaluations.</summary>
    public static double[] Fireflow(Func<double, double, double> velocity, double x0, IReadOnlyList<double> grid)
    {
        double last = velocity(x0, grid[^1]);
        return Upwards(x0, grid, (x, i) =>
        {
            double h = grid[i - 1] - grid[i];
            last = velocity(x + h / 2 * last, grid[i] + h / 2);
            return x + h * last;
        });
    }

    private static double[] Upwards(double x0, IReadOnlyList<double> grid, Func<double, int, double> step)
    {
        var states = new double[grid.Count];
        states[^1] = x0;
        for (int i = grid.Count - 1; i > 0; i--) states[i - 1] = step(states[i], i);
        return states;
    }
}
