namespace PortraitGen.Api.Dashboard;

/// <summary>One axis of a chart: a range in data, its place in pixels, and round numbers to mark.</summary>
/// <param name="Low">Data value at <paramref name="From"/>.</param>
/// <param name="High">Data value at <paramref name="To"/>; above <paramref name="Low"/>.</param>
public sealed record Axis(double Low, double High, double From, double To, IReadOnlyList<double> Ticks)
{
    public double Place(double value) => Math.Round(From + (value - Low) / (High - Low) * (To - From), 2);

    /// <summary>An axis around <paramref name="values"/> that begins and ends at a tick, with about <paramref name="wanted"/> ticks.</summary>
    public static Axis Rounded(IEnumerable<double> values, double from, double to, int wanted)
    {
        var (low, high) = Range(values);
        double step = NiceStep((high - low) / wanted);
        double first = Math.Floor(low / step + 1e-9), last = Math.Ceiling(high / step - 1e-9);
        return new(first * step, last * step, from, to, [.. Steps(first, last, step)]);
    }

    /// <summary>An axis of whole steps that ends exactly at the first and last value.</summary>
    public static Axis Whole(IEnumerable<double> values, double from, double to, int wanted)
    {
        var (low, high) = Range(values);
        double step = Math.Max(1, NiceStep((high - low) / wanted));
        double first = Math.Ceiling(low / step - 1e-9), last = Math.Floor(high / step + 1e-9);
        return new(low, high, from, to, [.. Steps(first, last, step)]);
    }

    private static (double Low, double High) Range(IEnumerable<double> values)
    {
        double low = double.PositiveInfinity, high = double.NegativeInfinity;
        foreach (double v in values.Where(double.IsFinite)) (low, high) = (Math.Min(low, v), Math.Max(high, v));
        if (low > high) return (0, 1);
        return high > low ? (low, high) : (low - Spread(low), high + Spread(low)); // a flat line lies in the middle
    }

    private static double Spread(double value) => value == 0 ? 1 : Math.Abs(value) * 0.1;

    private static double NiceStep(double raw)
    {
        double power = Math.Pow(10, Math.Floor(Math.Log10(raw)));
        return (raw / power) switch { <= 1 => 1, <= 2 => 2, <= 5 => 5, _ => 10 } * power;
    }

    private static IEnumerable<double> Steps(double first, double last, double step)
    {
        for (double i = first; i <= last; i++) yield return i == 0 ? 0 : i * step;
    }
}
