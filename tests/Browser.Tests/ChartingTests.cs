using PortraitGen.Api.Dashboard;
using PortraitGen.Domain.Campaigns;

namespace PortraitGen.Browser.Tests;

public sealed class ChartingTests
{
    private static readonly CampaignId Any = new(Guid.Parse("01900000-0000-7000-8000-000000000001"));

    [Fact]
    public void Thinning_a_million_points_keeps_the_ends_and_the_extremes_in_few_points()
    {
        var points = Enumerable.Range(0, 1_000_000).Select(i => new CurvePoint(i, Math.Sin(i * 0.001))).ToList();
        points[314_159] = new(314_159, 9);
        points[271_828] = new(271_828, -7);
        var thin = Charting.Thin(points, Charting.MostPoints);
        Assert.InRange(thin.Count, 100, Charting.MostPoints);
        Assert.Equal((points[0], points[^1]), (thin[0], thin[^1]));
        Assert.Contains(points[314_159], thin);
        Assert.Contains(points[271_828], thin);
        Assert.Equal(thin.OrderBy(p => p.Step), thin);
    }

    [Fact]
    public void Rewards_share_a_chart_with_their_spread_as_bands_and_other_series_stand_alone()
    {
        string[] series = ["reward/omni/mean", "reward/omni/std", "reward/ai-portrait/mean", "heldout/fd", "policy/kl"];
        var charts = Charting.Arrange(series.SelectMany(s => new[] { new MetricPoint(Any, s, 1, 0.5), new MetricPoint(Any, s, 0, 0.25) }));
        Assert.Equal(["reward · mean", "heldout · fd", "policy · kl"], charts.Select(c => c.Title));
        Assert.Equal(["ai-portrait", "omni"], charts[0].Curves.Select(c => c.Label));
        Assert.Equal([0.25, 0.5], charts[0].Curves[1].Points.Select(p => p.Value));
        Assert.Equal(0.5, charts[0].Curves[1].Spread[1]);
        Assert.Empty(charts[0].Curves[0].Spread);
    }

    [Fact]
    public void What_real_portraits_score_lies_in_the_chart_of_what_the_policy_scores()
    {
        string[] series = ["reward/omni/mean", "reward/omni/real", "loss/omni/real"];
        var charts = Charting.Arrange(series.SelectMany(s => new[] { new MetricPoint(Any, s, 0, 0.25), new MetricPoint(Any, s, 3, 0.5) }));
        Assert.Equal(["reward · mean", "loss · real"], charts.Select(c => c.Title));
        Assert.Equal(["omni", "omni, real portraits"], charts[0].Curves.Select(c => c.Label));
    }

    [Fact]
    public void A_chart_whose_curves_have_one_point_each_is_single()
    {
        MetricPoint[] points = [new(Any, "a/x/mean", 0, 1), new(Any, "a/y/mean", 4, 2), new(Any, "b/x/mean", 0, 1), new(Any, "b/x/mean", 7, 2)];
        Assert.Equal([("a · mean", true, 4), ("b · mean", false, 7)], Charting.Arrange(points).Select(c => (c.Title, c.IsSingle, (int)c.Last)));
    }

    [Theory]
    [InlineData(0, "a woman with red hair")]
    [InlineData(1, "Sample 1")]
    public void A_sample_is_captioned_by_its_prompt_when_that_is_known(int sample, string caption)
    {
        var samples = new Samples(["sample-0", "sample-1"], []) { Prompts = ["a woman with red hair"] };
        Assert.Equal(caption, samples.Caption($"sample-{sample}"));
    }

    [Theory]
    [InlineData(0.21, 0.73, new[] { 0.2, 0.4, 0.6, 0.8 })]
    [InlineData(-3, 12, new[] { -5.0, 0, 5, 10, 15 })]
    [InlineData(5, 5, new[] { 4.4, 4.6, 4.8, 5, 5.2, 5.4, 5.6 })]
    public void Ticks_are_round_numbers_that_enclose_the_values(double low, double high, double[] expected)
    {
        var axis = Axis.Rounded([low, double.NaN, high], 200, 10, 4);
        Assert.Equal(axis.Ticks[0], axis.Low, 12);
        Assert.Equal(axis.Ticks[^1], axis.High, 12);
        Assert.True(axis.Low <= low && axis.High >= high);
        Assert.InRange(axis.Ticks.Count, 3, 7);
        if (low != high) Assert.Equal(expected, axis.Ticks.Select(t => Math.Round(t, 9)));
    }

    [Theory]
    [InlineData(null, 4)]
    [InlineData(3, 2)]
    [InlineData(2, 2)]
    [InlineData(-5, 0)]
    public void The_slider_falls_back_to_the_last_epoch_that_has_samples(int? wanted, int shown)
    {
        var samples = new Samples(["sample-1"], [.. new[] { 0, 2, 4 }.Select(n => new SampleEpoch(n, new Dictionary<string, string>()))]);
        Assert.Equal(shown, samples.At(wanted)!.Number);
    }
}
