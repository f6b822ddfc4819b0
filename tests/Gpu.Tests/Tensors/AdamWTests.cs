using PortraitGen.Gpu.Tensors;
using TorchSharp;
using static TorchSharp.torch;
using AdamW = PortraitGen.Gpu.Tensors.AdamW;
using Parameter = TorchSharp.Modules.Parameter;

namespace PortraitGen.Gpu.Tests.Tensors;

public sealed class AdamWTests
{
    [Theory]
    [InlineData(1e6), InlineData(0.5)]
    public void Updates_are_torchs_own(double maxNorm)
    {
        using var scope = NewDisposeScope();
        using var noise = new Noise(1);
        Tensor[] start = [noise.Of(3, 4), noise.Of(5)];
        Parameter[] ours = [.. start.Select(t => new Parameter(t.clone()))], theirs = [.. start.Select(t => new Parameter(t.clone()))];
        using var mine = new AdamW([("a", ours[0]), ("b", ours[1])], 0.9, 0.99, 1e-8, 0.02);
        using var reference = optim.AdamW(theirs, lr: 1e-2, beta1: 0.9, beta2: 0.99, eps: 1e-8, weight_decay: 0.02);
        for (int step = 0; step < 5; step++)
        {
            for (int i = 0; i < 2; i++)
            {
                var gradient = noise.Of(start[i].shape);
                (ours[i].grad, theirs[i].grad) = (gradient.clone(), gradient.clone());
            }

            double norm = nn.utils.clip_grad_norm_(theirs, maxNorm);
            Assert.Equal(norm, mine.Step(1e-2, maxNorm), 1e-5 * norm);
            reference.step();
            for (int i = 0; i < 2; i++) GoldenTensors.AssertClose(theirs[i], ours[i], 1e-6, $"parameter {i}, step {step}");
            Assert.All(ours, p => Assert.Null(p.grad));
        }
    }

    [Fact]
    public void A_chain_of_two_links_is_one_run_bit_for_bit()
    {
        using var scope = NewDisposeScope();
        var whole = Run(null, 0, 6);
        var first = Run(null, 0, 3);
        var second = Run(first, 3, 6);
        foreach (var (name, value) in whole) Assert.Equal(0, GoldenTensors.Difference(value, second[name]));
        Assert.True(GoldenTensors.Difference(whole["w"], first["w"]) > 1e-4);

        static Dictionary<string, Tensor> Run(Dictionary<string, Tensor>? from, int begin, int end)
        {
            var parameter = new Parameter(from is null ? ones(4) : from["w"].clone());
            using var adam = new AdamW([("w", parameter)]);
            if (from is not null) adam.Load(from, begin);
            for (int step = begin; step < end; step++)
            {
                using var noise = new Noise((ulong)step);
                parameter.grad = noise.Of(4);
                adam.Step(1e-2, 1);
            }
            return adam.State().Append(("w", parameter)).ToDictionary(p => p.Item1, p => p.Item2.detach().clone());
        }
    }

    [Theory]
    [InlineData(0, 0.1), InlineData(9, 1.0), InlineData(10, 1.0), InlineData(60, 0.525), InlineData(110, 0.05), InlineData(500, 0.05)]
    public void The_rate_warms_up_and_falls_along_a_cosine_to_a_twentieth(long step, double expected) =>
        Assert.Equal(expected, LearningRate.At(step, 110, 1, 10), 9);

    [Fact]
    public void Bytes_survive_the_way_to_floats_and_back()
    {
        using var scope = NewDisposeScope();
        var all = arange(256, ScalarType.Int64).to(ScalarType.Byte).expand(1, 3, 2, 256).contiguous();
        Assert.True(Pixels.ToBytes(Pixels.ToFloat(all)).Equals(all));
        byte[] rgb = [1, 2, 3, 4, 5, 6];
        var image = Pixels.FromInterleaved(rgb, 2, 1);
        Assert.Equal([3, 1, 2], image.shape);
        Assert.Equal([1, 4, 2, 5, 3, 6], image.data<byte>().ToArray());
        Assert.Equal(rgb, Pixels.Interleaved(image));
    }
}
