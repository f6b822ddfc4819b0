using PortraitGen.Benchmarks.Measuring;
using PortraitGen.Domain.Maths;
using PortraitGen.Gpu.Imaging.Sheets;
using PortraitGen.Gpu.Models.Sd3;
using PortraitGen.Gpu.Tensors;
using TorchSharp;
using static TorchSharp.torch;

namespace PortraitGen.Benchmarks.Scaling;

/// <summary>Forward and backward of the tiny model's transformer against image tokens and batch.</summary>
internal static class ScalingBenchmark
{
    private const int TextTokens = 32;
    private static readonly int[] Sides = [8, 16, 32], Batches = [1, 4, 16, 32]; // patches a side: 64, 256, 1024 tokens

    /// <param name="most">Cells with more image tokens in all than this are left out.</param>
    public static void Run(string output, int threads, int rounds, int most, CancellationToken cancel)
    {
        set_num_threads(threads);
        var report = new Report("scaling", new() { ["threads"] = threads, ["rounds"] = rounds, ["mostTokens"] = most });
        var config = new Sd3Config
        {
            SampleSize = 16,
            InChannels = 16,
            OutChannels = 16,
            NumLayers = 6,
            AttentionHeadDim = 32,
            NumAttentionHeads = 4,
            JointAttentionDim = 128,
            CaptionProjectionDim = 128,
            PooledProjectionDim = 128,
            PosEmbedMaxSize = Sides[^1],
        };
        using var model = FreshTransformer.Create(config);
        model.Weights.RequireGrad(true);
        var cells = Batches.SelectMany(b => Sides.Select(s => (Batch: b, Side: s))).Where(c => c.Batch * c.Side * c.Side <= most).ToList();
        var costs = Interleaved.Run([.. cells.Select(c => new Contender(NameOf(c.Batch, c.Side), () => Step(model, c.Batch, c.Side)))], 1, rounds, cancel);
        foreach (var (batch, side) in cells) report.Row($"{side * side} tokens, batch {batch}", "C#", costs[NameOf(batch, side)]);

        double Median(int batch, int side) => Spread.Of(costs[NameOf(batch, side)].Select(c => c.Cpu)).Median;
        foreach (int batch in Batches)
            foreach (var (low, high) in Sides.Zip(Sides.Skip(1)).Where(p => cells.Contains((batch, p.Second))))
                report.Fact($"exponent in tokens, batch {batch}, {low * low} to {high * high}", Math.Round(Math.Log(Median(batch, high) / Median(batch, low)) / Math.Log(high * high / (double)(low * low)), 2));
        var plot = new CurvePlot("Forward and backward of the tiny MMDiT", "image tokens", "CPU seconds",
            [.. Batches.Select(b => new CurveSeries($"batch {b}", [.. cells.Where(c => c.Batch == b).Select(c => ((double)c.Side * c.Side, Median(b, c.Side)))]))])
        { LogLog = true };
        Directory.CreateDirectory(output);
        File.WriteAllBytes(Path.Combine(output, "scaling.png"), plot.ToPng());
        report.Write(output);
    }

    private static string NameOf(int batch, int side) => $"{batch}x{side}";

    private static Cost Step(Sd3Transformer model, int batch, int side)
    {
        using var scope = NewDisposeScope();
        var x = Noise.Normal(CounterRng.For(3, "x", batch, side), [batch, 16, 2 * side, 2 * side]);      // [B,C,h,w]
        var context = Noise.Normal(CounterRng.For(3, "context", batch), [batch, TextTokens, 128]);       // [B,L,D]
        var pooled = Noise.Normal(CounterRng.For(3, "pooled", batch), [batch, 128]);                     // [B,P]
        var time = full([batch], 500f);                                                                  // [B]
        var cost = Cost.Of(() => model.Forward(x, time, context, pooled).square().mean().backward());
        foreach (var (_, weight) in model.Weights.Parameters) weight.grad = null;
        return cost;
    }
}
