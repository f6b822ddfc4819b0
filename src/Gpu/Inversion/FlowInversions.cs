using PortraitGen.Domain.Inversion;
using PortraitGen.Domain.Maths;
using static TorchSharp.torch;

namespace PortraitGen.Gpu.Inversion;

/// <summary>The tensor twins of <see cref="FlowInversion"/>: Euler, fixed point, FireFlow. States are held in fp32.</summary>
public static class FlowInversions
{
    public static Tensor[] Euler(VelocityField velocity, Tensor x0, IReadOnlyList<double> grid, CancellationToken cancel) =>
        Upwards(x0, grid, (x, i) => x + velocity(x, grid[i]) * (grid[i - 1] - grid[i]), cancel);

    public static Tensor[] FixedPoint(VelocityField velocity, Tensor x0, IReadOnlyList<double> grid, CancellationToken cancel) =>
        Upwards(x0, grid, (x, i) =>
        {
            var up = x;
            for (int k = 0; k < InversionCost.FixedPointIterations; k++) up = x + velocity(up, grid[i - 1]) * (grid[i - 1] - grid[i]);
            return up;
        }, cancel);

    public static Tensor[] Fireflow(VelocityField velocity, Tensor x0, IReadOnlyList<double> grid, CancellationToken cancel)
    {
        using var off = no_grad();
        var last = velocity(x0, grid[^1]);
        return Upwards(x0, grid, (x, i) =>
        {
            double h = grid[i - 1] - grid[i];
            last = velocity(x + last * (h / 2), grid[i] + h / 2).MoveToOuterDisposeScope();
            return x + last * h;
        }, cancel);
    }

    public static Tensor EulerReplay(VelocityField velocity, IReadOnlyList<Tensor> states, IReadOnlyList<double> grid, CancellationToken cancel) =>
        Downwards(states[0], grid, (x, i) => x - velocity(x, grid[i]) * (grid[i] - grid[i + 1]), cancel);

    public static Tensor FireflowReplay(VelocityField velocity, IReadOnlyList<Tensor> states, IReadOnlyList<double> grid, CancellationToken cancel)
    {
        using var off = no_grad();
        var last = velocity(states[0], grid[0]);
        return Downwards(states[0], grid, (x, i) =>
        {
            double h = grid[i] - grid[i + 1];
            last = velocity(x - last * (h / 2), grid[i] - h / 2).MoveToOuterDisposeScope();
            return x - last * h;
        }, cancel);
    }

    private static Tensor[] Upwards(Tensor x0, IReadOnlyList<double> grid, Func<Tensor, int, Tensor> step, CancellationToken cancel)
    {
        using var off = no_grad();
        var states = new Tensor[grid.Count];
        states[^1] = x0;
        for (int i = grid.Count - 1; i > 0; i--)
        {
            cancel.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            states[i - 1] = step(states[i], i).MoveToOuterDisposeScope(); // [B,C,h,w]
        }
        return states;
    }

    private static Tensor Downwards(Tensor x, IReadOnlyList<double> grid, Func<Tensor, int, Tensor> step, CancellationToken cancel)
    {
        using var off = no_grad();
        for (int i = 0; i < grid.Count - 1; i++)
        {
            cancel.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            x = step(x, i).MoveToOuterDisposeScope();                     // [B,C,h,w]
        }
        return x;
    }
}
