using PortraitGen.Domain.Grpo;

namespace PortraitGen.Domain.Tests.Grpo;

public sealed class LearnerTrafficTests
{
    /// <summary>Layers written out from the published configurations, block by block, and counted by hand: 243 and 266 attention layers, 94 and 76 of feed-forward.</summary>
    [Theory]
    [InlineData("sd3.5-medium", false, 32, 243L * 32 * (1536 + 1536))]
    [InlineData("sd3.5-medium", true, 32, 243L * 32 * (1536 + 1536) + 94L * 32 * (1536 + 6144))]
    [InlineData("flux.1-dev", false, 64, 266L * 64 * (3072 + 3072))]
    [InlineData("flux.1-dev", true, 64, 266L * 64 * (3072 + 3072) + 76L * 64 * (3072 + 12288))]
    public void Adapters_of_the_known_models_have_so_many_numbers(string model, bool feedForward, int rank, long expected) =>
        Assert.Equal(expected, LoraShapes.Parameters(model == "sd3.5-medium" ? LoraShapes.Sd35Medium(feedForward) : LoraShapes.Flux1Dev(feedForward), rank));

    [Fact]
    public void Gradients_do_not_grow_with_workers_and_the_adapter_is_read_once_by_each()
    {
        var one = LearnerTraffic.Of(1000, slices: 8, workers: 1);
        var four = LearnerTraffic.Of(1000, slices: 8, workers: 4);
        Assert.Equal(new LearnerTraffic(64_000, 64_000, 16_008, 16_008 + 4_000), one);
        Assert.Equal(one with { PolicyDown = 16_008 + 4 * 4_000 }, four);
        Assert.Equal(64_000 * 2 + 16_008 * 2 + 16_000, four.Total);
    }

    [Theory, InlineData(1000, 0, 1), InlineData(1000, 4, 0), InlineData(1000, 4, 5), InlineData(-1, 4, 1)]
    public void Impossible_fleets_are_refused(long parameters, int slices, int workers) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => LearnerTraffic.Of(parameters, slices, workers));

    /// <summary>The table of the documentation, cell by cell.</summary>
    [Fact]
    public void The_documented_table_is_what_the_formula_gives()
    {
        string text = File.ReadAllText(Path.Combine(Repository.Root, "docs", "scaling-learners.md"));
        foreach (var (name, layers, rank) in new[]
        {
            ("SD3.5-M, attention, r32", LoraShapes.Sd35Medium(false), 32), ("SD3.5-M, attention and feed-forward, r32", LoraShapes.Sd35Medium(true), 32),
            ("FLUX.1-dev, attention, r64", LoraShapes.Flux1Dev(false), 64), ("FLUX.1-dev, attention and feed-forward, r64", LoraShapes.Flux1Dev(true), 64),
        })
        {
            long parameters = LoraShapes.Parameters(layers, rank);
            foreach (int workers in new[] { 1, 2, 4 })
            {
                var t = LearnerTraffic.Of(parameters, slices: 4, workers);
                Assert.Contains($"| {name} | {parameters:N0} | {workers} | {t.GradientsUp:N0} | {t.GradientsDown:N0} | {t.PolicyUp:N0} | {t.PolicyDown:N0} | {t.Total:N0} |", text, StringComparison.Ordinal);
            }
        }
    }
}
