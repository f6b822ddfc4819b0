using System.Text.Json.Nodes;
using PortraitGen.Domain.Artifacts;
using PortraitGen.Domain.Campaigns;
using PortraitGen.Jobs.Grpo;
using PortraitGen.Jobs.Planning;

namespace PortraitGen.Jobs.Tests.Grpo;

public sealed class EpochSpikesTests
{
    private static readonly CurveHistory Before = new([1, 1, 1.5, 2], [0.1, 0.1, 0.1, 0.1]);

    [Fact]
    public void A_jump_of_the_gradient_norm_is_told_with_its_step_its_height_and_what_to_do()
    {
        var metrics = new Dictionary<string, double>();
        var (history, warnings) = EpochSpikes.Of([Stage("update-0", "gradientNorm", 1.25), Stage("update-1", "gradientNorm", 13)], Before, metrics);
        // The median of 1, 1, 1.5, 2 and the step before, 1.25, is 1.25.
        Assert.Equal(["The gradient norm of optimiser step 2 is 13, 10.4 times the median of the 5 steps before. If this goes on, lower optimizer.learningRate or optimizer.maxGradientNorm."], warnings);
        Assert.Equal(10.4, metrics["alarm/gradientNorm-over-median"], 12);
        Assert.Equal([1, 1, 1.5, 2, 1.25, 13], history.GradientNorm);
    }

    [Fact]
    public void The_loss_of_a_step_is_the_mean_over_its_slices_and_its_sign_does_not_matter()
    {
        var metrics = new Dictionary<string, double>();
        var (history, warnings) = EpochSpikes.Of([Stage("gradient-0", "loss", -1, -2)], Before, metrics);
        Assert.Equal(["The loss of optimiser step 1 is 1.5, 15 times the median of the 4 steps before. If this goes on, lower optimizer.learningRate or optimizer.maxGradientNorm."], warnings);
        Assert.Equal(1.5, history.Loss[^1]);
    }

    [Fact]
    public void Usual_heights_and_a_young_campaign_are_told_nothing()
    {
        var metrics = new Dictionary<string, double>();
        Assert.Empty(EpochSpikes.Of([Stage("update-0", "gradientNorm", 5)], Before, metrics).Warnings);
        Assert.Equal(4, metrics["alarm/gradientNorm-over-median"], 12);
        Assert.Empty(EpochSpikes.Of([Stage("update-0", "gradientNorm", 500)], null, []).Warnings);
        Assert.Empty(EpochSpikes.Of([Stage("rollout", "gradientNorm", 500)], Before, []).Warnings);
    }

    private static FinishedStage Stage(string name, string series, params double[] values) =>
        new(name, [.. values.Select(value => new ShardResult(new Dictionary<string, ArtifactRef>(), new JsonObject { [series] = value }))]);
}
