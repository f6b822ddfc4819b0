namespace PortraitGen.Gpu.Imaging.Sheets;

/// <summary>The range and ticks of one axis.</summary>
/// <param name="Low">Value at the axis' start.</param>
/// <param name="High">Value at its end, above <paramref name="Low"/>.</param>
/// <param name="Step">Between ticks: 1, 2 or 5 times a power of ten.</param>
internal sealed record PlotAxis(double Low, double High, double Step)
{
    /// <summary>Logarithmic: range and ticks are powers to the base ten.</summary>
    public bool Log { get; private init; }

    /// <summary>A logarithmic axis over <paramref name="values"/>; what is not above 0 has no place on it.</summary>
    public static PlotAxis Logarithmic(IEnumerable<double> values)
    {
        var powers = values.Where(v => double.IsFinite(v) && v > 0).Select(Math.Log10).ToList();
        if (powers.Count == 0) return new(0, 1, 1) { Log = true };
        double low = powers.Min(), high = powers.Max();
        return high - low < 1e-9 ? new(low - 0.5, high + 0.5, 1) { Log = true } : new(low, high, 1) { Log = true };
    }

    /// <summary>Where a value lies: 0 at the axis' start, 1 at its end. NaN where it has no place.</summary>
    public double Place(double value) => ((Log ? Math.Log10(value) : value) - Low) / (High - Low);

    /// <summary>Where a tick lies.</summary>
    public double PlaceTick(double tick) => (tick - Low) / (High - Low);

    /// <summary>An axis over <paramref name="values"/>, which may hold NaN and infinities (left out).</summary>
    /// <param name="values">What must be seen.</param>
    /// <param name="ticks">About how many ticks there is room for.</param>
    /// <param name="round">Widens the range to whole ticks; otherwise it ends at the values.</param>
    public static PlotAxis For(IEnumerable<double> values, int ticks, bool round)
    {
        var finite = values.Where(double.IsFinite).ToList();
        if (finite.Count == 0) return new(0, 1, 0.5);
        double low = finite.Min(), high = finite.Max();
        double least = Math.Max(1e-12, 1e-9 * Math.Max(Math.Abs(low), Math.Abs(high)));
        if (high - low < least) (low, high) = low == 0 ? (-1, 1) : (low - Math.Abs(low) * 0.1, high + Math.Abs(high) * 0.1);
        double step = Nice((high - low) / Math.Max(1, ticks));
        return round ? new(Math.Floor(low / step + 1e-9) * step, Math.Ceiling(high / step - 1e-9) * step, step) : new(low, high, step);
    }

    /// <summary>For counts such as epochs: no tick between two whole numbers.</summary>
    public PlotAxis Whole() => Step >= 1 ? this : this with { Step = 1 };

    public IEnumerable<double> Ticks()
    {
        if (Log)
        {
            for (int power = (int)Math.Floor(Low); power <= High + 1e-9; power++)
                foreach (int digit in (int[])[1, 2, 5])
                    if (power + Math.Log10(digit) is var tick && tick >= Low - 1e-9 && tick <= High + 1e-9) yield return tick;
            yield break;
        }

        for (long i = (long)Math.Ceiling(Low / Step - 1e-9); i * Step <= High + Step * 1e-9; i++) yield return i * Step;
    }

    public string Label(double tick)
    {
        if (Log) return Math.Pow(10, tick).ToString("0.####");
        double size = Math.Max(Math.Abs(Low), Math.Abs(High));
        if (size >= 1e6 || (size < 1e-4 && size > 0)) return tick == 0 ? "0" : tick.ToString("0.##e0");
        int decimals = Math.Clamp((int)Math.Ceiling(-Math.Log10(Step) - 1e-9), 0, 8);
        // A minus sign, and never "-0".
        return (Math.Abs(tick) < Step * 1e-6 ? 0 : tick).ToString("F" + decimals).Replace('-', '\u2212');
    }

    private static double Nice(double step)
    {
        double power = Math.Pow(10, Math.Floor(Math.Log10(step))), lead = step / power;
        return power * (lead <= 1 ? 1 : lead <= 2 ? 2 : lead <= 5 ? 5 : 10);
    }
}
