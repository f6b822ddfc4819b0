namespace PortraitGen.Benchmarks.Measuring;

/// <summary>Median and extremes of repetitions.</summary>
public sealed record Spread(double Median, double Min, double Max, int Count)
{
    public static Spread Of(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        if (sorted.Length == 0) throw new ArgumentException("No repetition was measured.");
        int half = sorted.Length / 2;
        return new(sorted.Length % 2 == 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2, sorted[0], sorted[^1], sorted.Length);
    }
}
