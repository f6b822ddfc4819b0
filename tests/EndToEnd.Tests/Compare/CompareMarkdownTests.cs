using PortraitGen.Api.Demo;
using PortraitGen.Api.Demo.Compare;
using PortraitGen.Domain.Campaigns;
using PortraitGen.Domain.Compare;

namespace PortraitGen.EndToEnd.Tests.Compare;

public sealed class CompareMarkdownTests
{
    [Fact]
    public void A_cell_has_the_mean_and_the_spread_and_one_seed_has_none()
    {
        Assert.Equal("0.150 (0.100 … 0.200)", CompareMarkdown.Cell(SeedSpread.Of([0.1, 0.2])));
        Assert.Equal("0.100", CompareMarkdown.Cell(SeedSpread.Of([0.1])));
    }

    [Fact]
    public void Bold_is_what_beats_every_other_arm_and_the_verdict_names_it()
    {
        // Distances of seeds 1 and 2: fresh is clearly the nearest by the first measure, by the others all are equal.
        string text = CompareMarkdown.Of(Made(fresh: [0.1, 0.12], sft: [0.5, 0.52], before: [1, 1.1]));
        Assert.Contains("| feature distance | 0.010 | 1.050 (1.000 … 1.100) | 0.510 (0.500 … 0.520) | **0.110 (0.100 … 0.120)** |", text);
        Assert.Contains("- fresh against base, 2 seed(s), 7 held-out measures: better by more than the spread in 1 (feature distance), worse in 0, within the spread in 6.", text);
        Assert.Contains("| sft | 20 | 40 | 1,000 | 7 |", text);

        string close = CompareMarkdown.Of(Made(fresh: [0.4, 0.6], sft: [0.5, 0.52], before: [1, 1.1]));
        Assert.DoesNotContain("**", close);
    }

    private static Comparison Made(double[] fresh, double[] sft, double[] before) => new(
        [.. Arm(ComparisonArms.Sft, "sft", sft, before), .. Arm(ComparisonArms.Fresh, "fresh", fresh, before)], Values(0.01));

    private static IEnumerable<CompareResult> Arm(string key, string name, double[] after, double[] before) => after.Select((value, i) => new CompareResult(
        new(key, name, new CampaignSpec { Epochs = 20 }), i + 1, 1000, new DemoOutcome(null!, Values(before[i]), Values(value), [], [], null!, [], 7, [], new Dictionary<string, Domain.Artifacts.ContentHash>())));

    private static Dictionary<string, double> Values(double first) => DemoMeasures.All.ToDictionary(m => m.Key, m => m == DemoMeasures.All[0] ? first : 0.5);
}
