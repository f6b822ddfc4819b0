using PortraitGen.Domain.Compare;

namespace PortraitGen.Api.Demo.Compare;

/// <summary>One arm with one seed, trained.</summary>
/// <param name="Units">Its compute by <see cref="ForwardUnits"/>.</param>
internal sealed record CompareResult(ComparisonArm Arm, long Seed, long Units, DemoOutcome Outcome)
{
    public Measured Measured => new(Arm.Key, Seed, Outcome.After);
}

/// <summary>All arms with all seeds.</summary>
/// <param name="Results">By arm in the order of the table, then by seed.</param>
/// <param name="Real">What training portraits come to when they are judged as a policy's images are: the floor of each measure.</param>
internal sealed record Comparison(IReadOnlyList<CompareResult> Results, IReadOnlyDictionary<string, double> Real)
{
    public IReadOnlyList<long> Seeds { get; } = [.. Results.Select(r => r.Seed).Distinct()];

    /// <summary>Keys and names of the columns: the base, then the trained arms.</summary>
    public IReadOnlyList<(string Key, string Name)> Arms { get; } = [(ComparisonArms.Base, "base"), .. Results.Select(r => (r.Arm.Key, r.Arm.Name)).Distinct()];

    /// <summary>The base is measured before each campaign, with the campaign's seed: one result of a seed is as good as another.</summary>
    public IReadOnlyList<Measured> Measured { get; } =
    [
        .. Results.GroupBy(r => r.Seed).Select(g => new Measured(ComparisonArms.Base, g.Key, g.First().Outcome.Before)),
        .. Results.Select(r => r.Measured),
    ];

    public ComparisonTable Table => ComparisonTable.Of([.. Arms.Select(a => a.Key)], DemoMeasures.All, Measured);

    public string NameOf(string arm) => Arms.First(a => a.Key == arm).Name;
}
