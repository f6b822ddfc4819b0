using PortraitGen.Domain.Maths;
using PortraitGen.Domain.Rewards;
using PortraitGen.Gpu.Imaging.Drawn;
using PortraitGen.Gpu.Rewards;
using PortraitGen.Gpu.Tensors;
using TorchSharp;
using static TorchSharp.torch;

namespace PortraitGen.Gpu.Tests.Rewards;

public sealed class RewardTests
{
    [Theory]
    [InlineData(RewardNames.AiPortrait), InlineData(RewardNames.Omni)]
    public void A_short_training_tells_captured_from_painted_portraits_of_people_it_never_saw(string name)
    {
        using var scope = NewDisposeScope();
        var painted = DrawnSet.Of(Look.Ai, 0, 24);
        var (before, after) = Train(name, painted, [.. Enumerable.Repeat((long)ImageLabel.Generated, 24)], DrawnSet.Of(Look.Ai, 24, 16));
        Assert.True(after > 0.75 && after > before + 0.1, $"AUC {before:F3} -> {after:F3}");
    }

    [Theory]
    [InlineData(RewardNames.AiPortrait), InlineData(RewardNames.Omni)]
    public void A_short_training_ranks_clean_portraits_over_degraded_ones(string name)
    {
        using var scope = NewDisposeScope();
        var (before, after) = Train(name, Corrupted(0, 24), [.. Enumerable.Range(0, 24).Select(i => (long)Flaw(i))], Corrupted(24, 16));
        Assert.True(after > 0.75 && after > before + 0.1, $"AUC {before:F3} -> {after:F3}");
    }

    private static (double Before, double After) Train(string name, Tensor others, long[] labels, Tensor unseen)
    {
        using var net = RewardNet.Fresh(1, name);
        using var trainer = new RewardTrainer(net, name, 1);
        var data = new RewardData(DrawnSet.Of(Look.Captured, 0, 24), others, labels, zeros([0, 3, 1, 1], ScalarType.Byte));
        var clean = DrawnSet.Of(Look.Captured, 24, 16);
        double before = Auc(net.Score(clean, 16), net.Score(unseen, 16));
        for (int step = 0; step < 100; step++) Assert.True(double.IsFinite(trainer.Update(data, 100).Loss));
        double after = Auc(net.Score(clean, 16), net.Score(unseen, 16));
        TestContext.Current.SendDiagnosticMessage($"{name}: AUC {before:F3} -> {after:F3}");
        return (before, after);
    }

    [Fact]
    public void A_chain_of_two_links_is_one_run_bit_for_bit_and_a_refresh_looks_at_rollouts()
    {
        using var scope = NewDisposeScope();
        var data = new RewardData(DrawnSet.Of(Look.Captured, 0, 8), Corrupted(0, 8), [.. Enumerable.Range(0, 8).Select(i => (long)Flaw(i))], zeros([0, 3, 1, 1], ScalarType.Byte));
        var rollouts = data with { Rollouts = DrawnSet.Of(Look.Ai, 30, 6) };
        var whole = Run(data, null, 0, 6);
        var second = Run(data, Run(data, null, 0, 2), 2, 6);
        foreach (var (name, value) in whole) Assert.Equal(0, GoldenTensors.Difference(value, second[name]));
        Tensor without = Run(data, whole, 6, 8)["score.weight"], with = Run(rollouts, whole, 6, 8)["score.weight"];
        Assert.True(GoldenTensors.Difference(without, with) > 0);
        Assert.True(GoldenTensors.Difference(whole["score.weight"], with) < 0.01, "a refresh is weak");

        static Dictionary<string, Tensor> Run(RewardData data, Dictionary<string, Tensor>? from, int begin, int end)
        {
            using var net = RewardNet.Fresh(3, RewardNames.AiPortrait);
            using var trainer = new RewardTrainer(net, RewardNames.AiPortrait, 3);
            if (from is not null) trainer.Load(from, begin);
            for (int step = begin; step < end; step++) trainer.Update(data, 6);
            return trainer.State().ToDictionary(p => p.Name, p => p.Value.detach().clone());
        }
    }

    [Fact]
    public void A_score_does_not_depend_on_the_batch_hardly_on_the_view_and_survives_its_file()
    {
        using var scope = NewDisposeScope();
        using var net = RewardNet.Fresh(4, RewardNames.Omni);
        using var trainer = new RewardTrainer(net, RewardNames.Omni, 4);
        var images = DrawnSet.Of(Look.Captured, 0, 5);
        double[] scores = net.Score(images, 5), onePlusFour = net.Score(images, 2), mirrored = net.Score(images.flip(3), 5);
        for (int i = 0; i < 5; i++)
        {
            Assert.Equal(scores[i], onePlusFour[i], 1e-5);
            Assert.Equal(scores[i], mirrored[i], 0.3 * (scores.Max() - scores.Min())); // two of its three views are each other's mirror image
        }

        using var loaded = RewardNet.Load(SafetensorsFile.Open(SafetensorsWriter.ToBytes(trainer.State())));
        Assert.Equal(scores, loaded.Score(images, 5));
        Assert.True(scores.Distinct().Count() == 5);
    }

    [Fact]
    public void The_two_rewards_start_from_different_weights()
    {
        using var scope = NewDisposeScope();
        using RewardNet omni = RewardNet.Fresh(1, RewardNames.Omni), ai = RewardNet.Fresh(1, RewardNames.AiPortrait);
        Assert.True(GoldenTensors.Difference(omni.Weights["conv0.weight"], ai.Weights["conv0.weight"]) > 0.1);
    }

    /// <summary>Those that show in one glance at 32 px.</summary>
    private static ImageLabel Flaw(int i) => (i % 3) switch { 0 => ImageLabel.Noisy, 1 => ImageLabel.Grid, _ => ImageLabel.Blurred };

    private static Tensor Corrupted(int first, int count)
    {
        var clean = Pixels.ToFloat(DrawnSet.Of(Look.Captured, first, count));
        return cat([.. Enumerable.Range(0, count).Select(i => Pixels.ToBytes(Corruptions.Apply(clean[i].unsqueeze(0), Flaw(first + i), CounterRng.For(9, "c", first + i))))]);
    }

    private static double Auc(double[] up, double[] down) => up.Average(u => down.Average(d => u > d ? 1 : u == d ? 0.5 : 0));
}
