using System.Text.Json.Nodes;
using PortraitGen.Domain.Curation;

namespace PortraitGen.Domain.Tests.Curation;

public sealed class CurationRulesTests
{
    [Theory]
    [InlineData(64, 64, 40, null)]
    [InlineData(63, 900, 500, RejectionCodes.TooSmall)]
    [InlineData(100, 251, 500, RejectionCodes.TooNarrow)]
    [InlineData(100, 250, 500, null)]
    [InlineData(251, 100, 500, RejectionCodes.TooNarrow)]
    [InlineData(100, 100, 39.9, RejectionCodes.Blurred)]
    public void The_defaults_judge_at_their_bounds(int width, int height, double sharpness, string? code) =>
        Assert.Equal(code, new CurationRules().Judge(new PhotoQuality(width, height, sharpness, 100), 64)?.Code);

    [Fact]
    public void Nothing_smaller_than_the_training_size_enters() =>
        Assert.Contains("needs 512", new CurationRules().Judge(new PhotoQuality(511, 600, 500, 100), 512)!.Reason);

    [Fact]
    public void Rules_survive_JSON()
    {
        var rules = new CurationRules { MinSide = 100, MaxPixels = 5_000_000, MinSharpness = 12.5, MaxAspect = 1.5, MaxBytes = 4096, MaxSide = 300 };
        var (again, faults) = CurationRulesJson.Parse(CurationRulesJson.ToJson(rules));
        Assert.Empty(faults);
        Assert.Equal(rules, again);
        Assert.Equal(new CurationRules(), CurationRulesJson.Parse(null).Rules);
    }

    [Fact]
    public void Every_fault_is_reported_at_once_with_its_range()
    {
        var faults = CurationRulesJson.Parse(new JsonObject { ["minSide"] = 3, ["maxAspect"] = "wide", ["sharpness"] = 1, ["maxSide"] = 99.5 }).Faults;
        Assert.Equal(["minSide", "maxAspect", "sharpness", "maxSide"], faults.Select(f => f.Key));
        Assert.Contains("from 16 to 4096", faults[0].Message);
        Assert.Contains("from 1 to 10", faults[1].Message);
        Assert.Contains("minSharpness", faults[2].Message);
        Assert.Contains("whole", faults[3].Message);
    }
}
