namespace PortraitGen.Domain.Compare;

/// <summary>A number by which arms are compared.</summary>
/// <param name="Key">As the benchmark names it.</param>
/// <param name="Name">For people.</param>
/// <param name="Rewarded">True for a reward that policies were trained on (higher is better); false for a held-out distance to real portraits (0 is real).</param>
public sealed record JudgedMeasure(string Key, string Name, bool Rewarded)
{
    public bool LowerIsBetter => !Rewarded;
}

/// <summary>What one arm with one seed was measured at.</summary>
/// <param name="Arm">One of the keys of <see cref="ComparisonArms"/>.</param>
/// <param name="Values">By the measures' keys.</param>
public sealed record Measured(string Arm, long Seed, IReadOnlyDictionary<string, double> Values);
