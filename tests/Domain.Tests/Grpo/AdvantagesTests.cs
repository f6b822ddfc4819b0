using CsCheck;
using PortraitGen.Domain.Grpo;

namespace PortraitGen.Domain.Tests.Grpo;

public sealed class AdvantagesTests
{
    private static readonly double[] Seven = [0.47, 0.48, 0.49, 0.50, 0.51, 0.52, 0.53];

    [Fact]
    public void In_union_a_far_better_photo_saturates_and_pushes_all_samples_down_alike()
    {
        var made = Advantages.Compute([One([Seven], [[0.90]])], AdvantageMode.Union, 1);
        Assert.Equal(2.62, made.Exemplars[0][0], 0.03);
        Assert.All(made.Generated[0], a => Assert.InRange(a, -0.37 - 0.23, -0.37 + 0.23));
        Assert.Equal(-made.Exemplars[0][0] / 7, made.Generated[0].Average(), 9);
        Assert.InRange(made.Generated[0].Max() - made.Generated[0].Min(), 0.44, 0.46);
    }

    [Fact]
    public void Without_the_photo_the_same_samples_are_ranked_by_the_full_z_score()
    {
        var made = Advantages.Compute([One([Seven], [[]])], AdvantageMode.Off, 1);
        Assert.InRange(made.Generated[0].Max() - made.Generated[0].Min(), 2.98, 3.01);
        Assert.Equal(0, made.Generated[0].Sum(), 9);
        Assert.Empty(made.Exemplars[0]);
    }

    [Fact]
    public void Baseline_only_shifts_the_samples_as_union_does_and_gives_the_photo_nothing()
    {
        var scores = One([Seven, [0.1, 0.3, 0.2, 0.4, 0.1, 0.2, 0.6]], [[0.90], [0.5]]);
        var (union, baseline) = (Advantages.Compute([scores], AdvantageMode.Union, 1), Advantages.Compute([scores], AdvantageMode.BaselineOnly, 1));
        Assert.Equal(union.Generated, baseline.Generated);
        Assert.All(baseline.Exemplars, group => Assert.Equal([0.0], group));
    }

    [Theory]
    [InlineData(0.2), InlineData(0.9)]
    public void Fixed_is_lambda_whatever_the_photo_scores(double score) =>
        Assert.Equal([1.7], Advantages.Compute([One([Seven], [[score]])], AdvantageMode.Fixed, 1.7).Exemplars[0]);

    [Fact]
    public void Split_is_the_photos_z_over_the_samples_times_lambda_from_zero_to_five()
    {
        Assert.Equal([0.0], Split(0.49));
        Assert.Equal(2 * (0.52 - 0.50) / 0.02, Split(0.52)[0], 9); // seven even scores .01 apart: std .02
        Assert.Equal([10.0], Split(0.90));

        static double[] Split(double score) => Advantages.Compute([One([Seven], [[score]])], AdvantageMode.Split, 2).Exemplars[0];
    }

    [Fact]
    public void Split_of_two_rewards_weighs_and_adds_and_stays_out_of_the_batch()
    {
        var quiet = One([Seven, [1, 1, 1, 1, 1, 1, 1]], [[0.52], [0.9]]);
        var loud = quiet with { Weight = 3, Generated = [[.. Seven.Select(s => 100 * s)], [100, 100, 100, 100, 100, 100, 100]], Exemplars = [[51], [90]] };
        double own = 0.02, global = Math.Sqrt(Enumerable.Concat(Seven, Enumerable.Repeat(1.0, 7)).Average(s => (s - 0.75) * (s - 0.75)));
        Assert.True(global > own);
        double expected = (0.52 - 0.50) / global + 3 * (0.51 - 0.50) / global;
        Assert.Equal(expected, Advantages.Compute([quiet, loud], AdvantageMode.Split, 1).Exemplars[0][0], 9);
    }

    [Fact]
    public void A_cap_that_every_sample_exceeds_leaves_no_spread_and_no_advantage()
    {
        double[] other = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7];
        var made = Advantages.Compute([One([Seven, other], [[0.9], [0.9]], cap: 0.45)], AdvantageMode.Split, 1);
        Assert.All(made.Generated[0], a => Assert.Equal(0, a));
        Assert.Equal(0.5, made.ZeroSpread);
        Assert.Equal(made.Generated[1][4], made.Generated[1][6]); // .5 and .7 count as .45
        Assert.True(made.Generated[1][3] < made.Generated[1][4]);
        Assert.Equal(0, made.Exemplars[0][0]);
    }

    [Fact]
    public void A_photo_below_the_mean_of_its_group_is_counted()
    {
        var made = Advantages.Compute([One([Seven, Seven], [[0.3], [0.6]], cap: 0.1)], AdvantageMode.Fixed, 1);
        Assert.Equal(0.5, made.RealBelowMean);
    }

    private static readonly Gen<double[][]> Groups = Gen.Double[-3, 3].Array[5].Array[4];

    [Fact]
    public void Advantages_do_not_change_when_a_reward_is_shifted() =>
        Gen.Select(Groups, Groups, Gen.Double[-50, 50]).Sample((a, b, shift) =>
            AssertClose(Of(One(a), One(b)), Of(One([.. a.Select(g => g.Select(s => s + shift).ToArray())]), One(b)), 1e-5));

    /// <summary>The epsilon beside the spread breaks exact scale invariance, by no more than epsilon over the spread.</summary>
    [Fact]
    public void Advantages_hardly_change_when_a_reward_is_scaled() =>
        Gen.Select(Groups, Groups, Gen.Double[1, 100]).Where(t => t.Item1.All(g => g.Max() - g.Min() > 0.5)).Sample((a, b, scale) =>
            AssertClose(Of(One(a), One(b)), Of(One([.. a.Select(g => g.Select(s => s * scale).ToArray())]), One(b)), 5e-3));

    [Fact]
    public void Advantages_follow_their_samples_when_these_change_places() =>
        Gen.Select(Groups, Groups).Sample((a, b) =>
        {
            var straight = Of(One(a), One(b));
            var turned = Of(One([.. a.Select(g => g.Reverse().ToArray()).Reverse()]), One([.. b.Select(g => g.Reverse().ToArray()).Reverse()]));
            AssertClose(straight, [.. turned.Select(g => g.Reverse().ToArray()).Reverse()], 1e-9);
        });

    [Fact]
    public void Groups_balance_to_zero_and_the_batch_has_unit_spread() =>
        Gen.Select(Groups, Groups).Where(t => t.Item1.Concat(t.Item2).All(g => g.Max() - g.Min() > 0.5)).Sample((a, b) =>
        {
            var made = Of(One(a), One(b));
            var all = made.SelectMany(g => g).ToArray();
            if (all.Any(v => Math.Abs(v) > 4.99)) return;
            Assert.All(made, g => Assert.Equal(0, g.Sum(), 1e-9));
            Assert.Equal(1, Math.Sqrt(all.Average(v => v * v)), 1e-9);
        });

    [Fact]
    public void No_mode_gives_a_photo_less_than_nothing() =>
        Gen.Select(Groups, Gen.Double[-5, 5].Array[1].Array[4], Gen.Enum<AdvantageMode>(), Gen.Double[0, 3]).Sample((generated, real, mode, weight) =>
            Assert.All(Advantages.Compute([One(generated, real)], mode, weight).Exemplars, g => Assert.InRange(g[0], 0, Math.Max(5, 5 * weight))));

    private static double[][] Of(params RewardScores[] rewards) => Advantages.Compute(rewards, AdvantageMode.Fixed, 1).Generated;

    private static RewardScores One(double[][] generated, double[][]? real = null, double cap = double.PositiveInfinity) =>
        new(1, cap, generated, real ?? [.. generated.Select(_ => Array.Empty<double>())]);

    private static void AssertClose(double[][] expected, double[][] actual, double tolerance)
    {
        for (int g = 0; g < expected.Length; g++)
            for (int i = 0; i < expected[g].Length; i++) Assert.Equal(expected[g][i], actual[g][i], tolerance);
    }
}
