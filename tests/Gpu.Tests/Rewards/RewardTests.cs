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
    private const int Side = 32;

    [Theory]
    [InlineData(RewardNames.AiPortrait), InlineData(RewardNames.Omni)]
    public void A_short_training_tells_captured_from_painted_and_clean_from_degraded_on_unseen_portraits(string name)
    {
        using var scope = NewDisposeScope();
        using var net = RewardNet.Fresh(1, name);
        using var trainer = new RewardTrainer(net, name, 1);
        var data = Data(0, 48);
        double before = Auc(net.Score(Drawn(Look.Captured, 500, 40), 16), net.Score(Drawn(Look.Ai, 500, 40), 16));
        double loss = 0;
        for (int step = 0; step < 120; step++) loss = trainer.Update(data, 120).Loss;
        Assert.True(double.IsFinite(loss));

        var real = Drawn(Look.Captured, 500, 40);
        double painted = Auc(net.Score(real, 16), net.Score(Drawn(Look.Ai, 500, 40), 16)), degraded = Auc(net.Score(real, 16), net.Score(Corrupted(500, 40), 16));
        TestContext.Current.SendDiagnosticMessage($"{name}: AUC against painted {before:F2} -> {painted:F2}, against degraded {degraded:F2}");
        Assert.True(painted > 0.93, $"AUC against painted: {painted:F3}");
        Assert.True(degraded > 0.8, $"AUC against degraded: {degraded:F3}");
    }

    [Fact]
    public void A_chain_of_two_links_is_one_run_bit_for_bit_and_a_refresh_looks_at_rollouts()
    {
        using var scope = NewDisposeScope();
        var data = Data(0, 8);
        var rollouts = data with { Rollouts = Drawn(Look.Ai, 900, 6) };
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
    public void A_score_depends_on_neither_the_batch_nor_the_view_and_survives_its_file()
    {
        using var scope = NewDisposeScope();
        using var net = RewardNet.Fresh(4, RewardNames.Omni);
        using var trainer = new RewardTrainer(net, RewardNames.Omni, 4);
        var images = Drawn(Look.Captured, 0, 5);
        double[] scores = net.Score(images, 5), onePlusFour = net.Score(images, 2), mirrored = net.Score(images.flip(3), 5);
        for (int i = 0; i < 5; i++)
        {
            Assert.Equal(scores[i], onePlusFour[i], 1e-5);
            Assert.Equal(scores[i], mirrored[i], 0.1 * scores.Max() - 0.1 * scores.Min() + 1e-3);
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

    private static RewardData Data(ulong first, int count)
    {
        var others = cat([Drawn(Look.Ai, first + 100, count), Corrupted(first, count)]);
        long[] labels = [.. Enumerable.Repeat((long)ImageLabel.Generated, count), .. Enumerable.Range(0, count).Select(i => (long)Flaw((int)first + i))];
        return new(Drawn(Look.Captured, first, count), others, labels, zeros([0, 3, 1, 1], ScalarType.Byte));
    }

    private static ImageLabel Flaw(int i) => Corruptions.All[i % Corruptions.All.Count];

    private static Tensor Drawn(Look look, ulong first, int count) =>
        stack([.. Enumerable.Range(0, count).Select(i => Pixels.FromInterleaved(DrawnPortrait.Render(first + (ulong)i, look, Side).Rgb, Side, Side))]);

    private static Tensor Corrupted(ulong first, int count)
    {
        var clean = Pixels.ToFloat(Drawn(Look.Captured, first, count));
        return cat([.. Enumerable.Range(0, count).Select(i => Pixels.ToBytes(Corruptions.Apply(clean[i].unsqueeze(0), Flaw((int)first + i), CounterRng.For(9, "c", (long)first + i))))]);
    }

    private static double Auc(double[] up, double[] down) => up.Average(u => down.Average(d => u > d ? 1 : u == d ? 0.5 : 0));
}
