namespace PortraitGen.Domain.Maths;

/// <summary>The noise levels of a sampling run.</summary>
public static class SigmaGrid
{
    /// <summary>s = m t / (1 + (m - 1) t): spends more of the grid at high noise for m &gt; 1.</summary>
    /// <remarks>Written so that 1 stays 1 exactly: 1 + (m - 1) rounds to another number than m below 0.5, and s beyond 1 has no kernel.</remarks>
    public static double Shift(double t, double m) => m * t / (1 - t + m * t);

    /// <summary>steps + 1 falling levels from 1 to 0, uniform before the shift.</summary>
    public static double[] Uniform(int steps, double shift) =>
        [.. Enumerable.Range(0, steps + 1).Select(i => Shift(1 - (double)i / steps, shift))];
}
