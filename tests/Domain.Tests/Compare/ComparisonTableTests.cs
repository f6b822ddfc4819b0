using PortraitGen.Domain.Compare;

namespace PortraitGen.Domain.Tests.Compare;

public sealed class ComparisonTableTests
{
    private static readonly JudgedMeasure Distance = new("fd", "distance", false), Reward = new("r", "reward", true);

    [Theory]
    [InlineData(new[] { 1.0, 1.2 }, new[] { 2.0, 2.1 }, Verdict.Better)]       // 0.95 less, spread 0.2
    [InlineData(new[] { 2.0, 2.1 }, new[] { 1.0, 1.2 }, Verdict.Worse)]
    [InlineData(new[] { 1.0, 2.0 }, new[] { 2.1, 2.1 }, Verdict.WithinSpread)] // 0.6 less, spread 1.0
    [InlineData(new[] { 1.0, 1.0 }, new[] { 1.0, 1.0 }, Verdict.WithinSpread)] // equal is not better
    [InlineData(new[] { 1.0 }, new[] { 2.0, 2.0 }, Verdict.OneSeed)]
    public void A_distance_is_better_when_it_is_lower_by_more_than_the_larger_range(double[] candidate, double[] against, Verdict verdict)
    {
        Assert.Equal(verdict, SpreadRule.Of(SeedSpread.Of(candidate), SeedSpread.Of(against), lowerIsBetter: true));
        var turned = verdict switch { Verdict.Better => Verdict.Worse, Verdict.Worse => Verdict.Better, _ => verdict };
        Assert.Equal(turned, SpreadRule.Of(SeedSpread.Of(candidate), SeedSpread.Of(against), lowerIsBetter: false));
    }

    [Fact]
    public void A_spread_holds_mean_lowest_and_highest()
    {
        var spread = SeedSpread.Of([3, 1, 5]);
        Assert.Equal(new SeedSpread(3, 1, 5, 3), spread);
        Assert.Equal(4, spread.Range);
    }

    [Fact]
    public void The_best_of_a_row_must_beat_every_other_arm()
    {
        var clear = Table(("base", 10, 11), ("a", 5, 5.5), ("b", 2, 2.5));
        Assert.Equal("b", clear.Rows[0].Best);
        var close = Table(("base", 10, 11), ("a", 2.2, 3), ("b", 2, 2.5));
        Assert.Null(close.Rows[0].Best);
        Assert.Equal(Verdict.Better, close.Judge("a", "base")[Distance]);
    }

    [Fact]
    public void Hacking_is_a_better_reward_beside_a_worse_distance()
    {
        Assert.True(Rewarded(reward: 3, distance: 20).Hacks("a"));
        Assert.False(Rewarded(reward: 3, distance: 5).Hacks("a"));  // both better: learnt
        Assert.False(Rewarded(reward: 0, distance: 20).Hacks("a")); // both worse: harmed, not hacked
        Assert.False(Rewarded(reward: 3, distance: 10).Hacks("a")); // within the spread
        Assert.False(Rewarded(reward: 3, distance: 20).Hacks("base"));
    }

    private static ComparisonTable Table(params (string Arm, double One, double Two)[] arms) => ComparisonTable.Of([.. arms.Select(a => a.Arm)], [Distance],
        [.. arms.SelectMany(a => new[] { Of(a.Arm, 1, ("fd", a.One)), Of(a.Arm, 2, ("fd", a.Two)) })]);

    private static ComparisonTable Rewarded(double reward, double distance) => ComparisonTable.Of(["base", "a"], [Distance, Reward],
    [
        Of("base", 1, ("fd", 10), ("r", 1)), Of("base", 2, ("fd", 10.5), ("r", 1.2)),
        Of("a", 1, ("fd", distance), ("r", reward)), Of("a", 2, ("fd", distance + 0.5), ("r", reward + 0.2)),
    ]);

    private static Measured Of(string arm, long seed, params (string Key, double Value)[] values) => new(arm, seed, values.ToDictionary(v => v.Key, v => v.Value));
}
