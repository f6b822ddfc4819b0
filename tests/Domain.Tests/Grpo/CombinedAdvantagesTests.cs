using PortraitGen.Domain.Campaigns;
using PortraitGen.Domain.Grpo;

namespace PortraitGen.Domain.Tests.Grpo;

/// <summary>The other ways to combine and normalise scores.</summary>
public sealed class CombinedAdvantagesTests
{
    private static readonly double[] Near = [0.500, 0.501, 0.502, 0.503], Wide = [10, 30, 20, 40];

    [Fact]
    public void Summed_scores_are_normalised_once_and_the_wider_reward_rules()
    {
        var made = Compute(new() { Combine = RewardCombination.Sum }, One([Near, Near]), One([Wide, Wide], weight: 0.5));
        double[] sum = [.. Near.Zip(Wide, (a, b) => a + 0.5 * b)];
        double mean = sum.Average(), std = Math.Sqrt(sum.Average(s => (s - mean) * (s - mean)));
        for (int i = 0; i < 4; i++) Assert.Equal((sum[i] - mean) / (std + 1e-4), made.Generated[0][i], 9);
        Assert.True(made.Generated[0][1] > made.Generated[0][2]); // as the wide reward has it; the near one says otherwise
    }

    [Fact]
    public void Under_GDPO_both_rewards_count_alike()
    {
        var made = Compute(new(), One([Near, Near]), One([[.. Wide.Reverse()], [.. Wide.Reverse()]]));
        double near = (0.500 - 0.5015) / (Math.Sqrt(1.25e-6) + 1e-4), wide = (40 - 25) / (Math.Sqrt(125) + 1e-4);
        Assert.Equal(Math.Sign(near + wide), Math.Sign(made.Generated[0][0]));
    }

    [Fact]
    public void A_win_rate_knows_no_distance_and_ties_win_half()
    {
        var scores = WinRates.Of(One([[1, 1, 5, 2]], [[3]]), together: false);
        Assert.Equal([0.5 / 3, 0.5 / 3, 1, 2.0 / 3], scores.Generated[0]);
        Assert.Equal(0.75, scores.Exemplars[0][0]);
        Assert.Equal([0.5 / 4, 0.5 / 4, 1, 0.5], WinRates.Of(One([[1, 1, 5, 2]], [[3]]), together: true).Generated[0]);

        var far = Compute(new() { WinRate = true }, One([[1, 2, 3, 1000]]));
        var close = Compute(new() { WinRate = true }, One([[1, 1.001, 1.002, 1.003]]));
        for (int i = 0; i < 4; i++) Assert.Equal(far.Generated[0][i], close.Generated[0][i], 9);
    }

    [Fact]
    public void The_global_spread_lets_a_quiet_group_stay_quiet()
    {
        double[] loud = [0, 1, 2, 3], quiet = [0, 0.01, 0.02, 0.03];
        var group = Compute(new(), One([loud, quiet]));
        var global = Compute(new() { Std = SpreadScope.Global }, One([loud, quiet]));
        Assert.InRange(group.Generated[1][3] / group.Generated[0][3], 0.9, 1);
        Assert.Equal(0.01, global.Generated[1][3] / global.Generated[0][3], 1e-9);
    }

    [Fact]
    public void The_floor_takes_the_illusion_out_of_tiny_gaps()
    {
        double[] loud = [0, 1, 2, 3], quiet = [0, 0.001, 0.002, 0.003];
        var made = Compute(new() { StdFloor = 0.5 }, One([loud, quiet]));
        Assert.InRange(made.Generated[1][3] / made.Generated[0][3], 0, 0.003);
        Assert.Equal(0, made.ZeroSpread);
    }

    [Fact]
    public void The_defaults_are_what_no_rules_are() =>
        Assert.Equal(Advantages.Compute([One([Near, Wide], [[1], [2]])], AdvantageMode.Split, 1).Generated, Compute(new(), One([Near, Wide], [[1], [2]])).Generated);

    private static EpochAdvantages Compute(RewardSpec rules, params RewardScores[] rewards) =>
        Advantages.Compute(rewards, rewards[0].Exemplars[0].Length == 0 ? AdvantageMode.Off : AdvantageMode.Split, 1, rules);

    private static RewardScores One(double[][] generated, double[][]? real = null, double weight = 1) =>
        new(weight, double.PositiveInfinity, generated, real ?? [.. generated.Select(_ => Array.Empty<double>())]);
}
