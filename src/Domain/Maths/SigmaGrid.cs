namespace PortraitGen.Domain.Maths;

/// <summary>The noise levels of a sampling run.</summary>
public static class SigmaGrid
{
    /// <summary>s = m t / (1 + (m - 1) t): spends more of the grid at high noise for m &gt; 1.</summary>
    public static double Shift(double t, double m) => m * t / (1 + (m - 1) * t);

    /// <summary>steps + 1 falling levels from 1 to 0, uniform before the shift.</summary>
    public static double[] Uniform(int steps, double shift) =>
        [.. Enumerable.Range(0, steps + 1).Select(i => Shift(1 - (double)i / steps, shift))];
}
