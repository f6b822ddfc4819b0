namespace PortraitGen.Domain.Grpo;

/// <summary>Tells a sudden jump of a curve from its usual height.</summary>
public static class Spikes
{
    /// <summary>Values that are remembered, newest last.</summary>
    public const int Memory = 32;

    /// <summary>So many times the running median is a spike.</summary>
    public const double Factor = 5;

    /// <summary>Fewer values than this tell nothing yet.</summary>
    private const int Enough = 4;

    /// <summary>How many times the median of what came before a value is; null while there is too little before it.</summary>
    /// <param name="before">Earlier values, absolute.</param>
    /// <param name="value">The new one, absolute.</param>
    /// <param name="least">What the median counts as at least: a curve that hovers about 0 has no height of its own.</param>
    public static double? OverMedian(IReadOnlyList<double> before, double value, double least)
    {
        if (before.Count < Enough) return null;
        double[] sorted = [.. before.Order()];
        double median = Math.Max(least, (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2);
        return median > 0 ? value / median : null;
    }

    /// <summary>The memory after some new values.</summary>
    public static IReadOnlyList<double> Remember(IReadOnlyList<double> before, IEnumerable<double> values) => [.. before.Concat(values).TakeLast(Memory)];
}
