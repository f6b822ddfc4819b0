using PortraitGen.Domain.Grpo;
using PortraitGen.Domain.Maths;

namespace PortraitGen.Domain.Tests.Grpo;

public sealed class PolicyLossTests
{
    [Theory]
    [InlineData(0.5, 1, -1.2), InlineData(-0.5, -1, 0.8), InlineData(0.1, 1, -1.1051709180756477), InlineData(0.5, -1, 1.6487212707001282)]
    public void The_clip_holds_a_ratio_only_in_the_direction_of_its_advantage(double logRatio, double advantage, double expected) =>
        Assert.Equal(expected, PolicyLoss.Clip(logRatio, advantage, 0.2), 12);

    [Theory]
    [InlineData(0.1, 1, 2e-5, true), InlineData(-0.1, -1, 2e-5, true), InlineData(0.1, -1, 2e-5, false), InlineData(0.1, 1, 5e-6, false)]
    public void The_mask_silences_what_has_diverged_and_moves_on(double logRatio, double advantage, double divergence, bool silent) =>
        Assert.Equal(silent ? 0 : -advantage * Math.Exp(logRatio), PolicyLoss.Dppo(logRatio, advantage, divergence, 1e-5), 12);

    [Fact]
    public void The_worked_ratio_norm_is_the_worked_one_and_agrees_with_its_definition()
    {
        // mu_old .3, mu .31, std .07, z .9
        Assert.Equal(0.118367347, GaussianRatio.LogRatio([0.9], [0.3], [0.31], 0.07), 9);
        Assert.Equal(0.009, GaussianRatio.RatioNorm([0.9], [0.3], [0.31]), 12);
        double drawn = 0.3 + 0.9 * 0.07;
        double lp = GaussianRatio.LogProb([drawn], [0.31], 0.07), old = GaussianRatio.LogProb([drawn], [0.3], 0.07);
        Assert.Equal(0.07 * (lp - old) + 0.01 * 0.01 / (2 * 0.07), GaussianRatio.RatioNorm([0.9], [0.3], [0.31]), 12);
        Assert.Equal(0.01 * 0.01 / (2 * 0.07 * 0.07), GaussianRatio.Divergence([0.3], [0.31], 0.07), 12);
        Assert.Equal(Math.Pow(drawn - 0.3, 2) - Math.Pow(drawn - 0.31, 2), GaussianRatio.CpsCode([0.9], [0.3], [0.31], 0.07), 12);
    }

    /// <summary>At v = v_old both sides are the same image, and the slope must be r's share towards it less the rest: (2 r - 1) of plain matching.</summary>
    [Theory]
    [InlineData(5), InlineData(0), InlineData(-2)]
    public void NFT_at_the_old_policy_pulls_by_twice_r_less_one(double advantage)
    {
        double[] old = [0.3, -0.8, 0.5], x = [0.2, 0.1, -0.4], x0 = [0.9, 0.4, -1.1];
        const double s = 0.6, h = 1e-6;
        double[] up = [old[0] + h, old[1], old[2]], down = [old[0] - h, old[1], old[2]];
        double slope = (PolicyLoss.Nft(up, old, x, x0, s, 1, advantage) - PolicyLoss.Nft(down, old, x, x0, s, 1, advantage)) / (2 * h);
        double[] error = [.. x.Select((value, i) => value - s * old[i] - x0[i])];
        // W is a constant to the gradient; the finite difference moves it too, by its own slope.
        double w = error.Average(Math.Abs), square = error.Average(e => e * e);
        double moved = -s * (2 * error[0] / 3 / w - square / (w * w) * Math.Sign(error[0]) / 3);
        Assert.Equal((2 * PolicyLoss.NftReward(advantage) - 1) * moved, slope, 1e-6);
    }

    [Fact]
    public void NFTs_reward_is_the_advantage_in_a_unit_range()
    {
        Assert.Equal([0, 0, 0.3, 0.5, 1, 1], new[] { -9.0, -5, -2, 0, 5, 7 }.Select(PolicyLoss.NftReward));
    }
}
