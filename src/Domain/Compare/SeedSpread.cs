namespace PortraitGen.Domain.Compare;

/// <summary>One measure over the seeds of one arm.</summary>
public sealed record SeedSpread(double Mean, double Low, double High, int Seeds)
{
    /// <summary>Highest less lowest.</summary>
    public double Range => High - Low;

    public static SeedSpread Of(IReadOnlyList<double> values) => new(values.Average(), values.Min(), values.Max(), values.Count);
}

/// <summary>What a rule says of two arms by one measure.</summary>
public enum Verdict
{
    Better,
    Worse,

    /// <summary>The means differ by no more than the spread of the seeds.</summary>
    WithinSpread,

    /// <summary>One seed has no spread: nothing can be said.</summary>
    OneSeed,
}

/// <summary>The rule of comparisons: a difference counts when it is larger than the spread of the seeds.</summary>
public static class SpreadRule
{
    /// <summary>Whether <paramref name="candidate"/> is better than <paramref name="against"/>: its mean by more than the larger of both ranges.</summary>
    /// <param name="lowerIsBetter">True for distances, false for rewards.</param>
    public static Verdict Of(SeedSpread candidate, SeedSpread against, bool lowerIsBetter)
    {
        if (candidate.Seeds < 2 || against.Seeds < 2) return Verdict.OneSeed;
        double gain = lowerIsBetter ? against.Mean - candidate.Mean : candidate.Mean - against.Mean, spread = Math.Max(candidate.Range, against.Range);
        return gain > spread ? Verdict.Better : -gain > spread ? Verdict.Worse : Verdict.WithinSpread;
    }
}
