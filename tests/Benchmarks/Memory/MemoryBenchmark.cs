using System.Diagnostics;
using PortraitGen.Benchmarks.Measuring;
using PortraitGen.Benchmarks.Scaling;
using PortraitGen.Domain.Campaigns;
using PortraitGen.Domain.Maths;
using PortraitGen.Gpu.Grpo;
using PortraitGen.Gpu.Models.Lora;
using PortraitGen.Gpu.Models.Sd3;
using PortraitGen.Gpu.Sampling;
using PortraitGen.Gpu.Tensors;
using TorchSharp;
using static TorchSharp.torch;

namespace PortraitGen.Benchmarks.Memory;

/// <summary>Many steps of sampling, gradient and AdamW on a small transformer: live tensors and resident memory must stay flat.</summary>
internal static class MemoryBenchmark
{
    public static void Run(string output, int steps, CancellationToken cancel)
    {
        set_num_threads(1);
        var report = new Report("memory", new() { ["steps"] = steps });
        using var model = FreshTransformer.Create(new()
        {
            SampleSize = 8,
            InChannels = 4,
            OutChannels = 4,
            NumLayers = 2,
            AttentionHeadDim = 16,
            NumAttentionHeads = 2,
            JointAttentionDim = 32,
            CaptionProjectionDim = 32,
            PooledProjectionDim = 24,
            PosEmbedMaxSize = 8,
        });
        using var adapter = LoraSet.Attach(model.Linears, new() { Rank = 4, Alpha = 8 }, Noise.Weights(1));
        using var adamw = new AdamW(adapter.Trainables);
        var policy = new Policy(model, adapter);
        long tensors = 0, early = 0;
        var resident = new List<double>();
        for (int step = 1; step <= steps; step++)
        {
            cancel.ThrowIfCancellationRequested();
            Step(policy, adamw, (ulong)step);
            if (step == steps / 10) (tensors, early) = (Live(), Resident());
            if (step % (steps / 10) != 0) continue;
            resident.Add(Resident() / (double)(1 << 20));
            Console.Out.WriteLine($"step {step,5}: {Live()} live tensors, {resident[^1]:0.0} MiB resident");
        }

        report.Row($"{steps} steps", "resident memory by tenths", "MiB", Spread.Of(resident));
        report.Fact("live tensors after a tenth and at the end", $"{tensors}, {Live()}");
        report.Ratio("resident memory at the end / after a tenth", "bytes", Resident(), early, null);
        report.Write(output);
    }

    /// <summary>A group of four over four steps, two of them trained.</summary>
    private static void Step(Policy policy, AdamW adamw, ulong seed)
    {
        using var scope = NewDisposeScope();
        var sampler = new SamplerSpec { Steps = 4, Window = 2, MaxWindowStart = 1 };
        Tensor Draw(string purpose, params long[] shape) => Noise.Normal(CounterRng.For(seed, purpose), shape);
        var prompts = new Conditioning(Draw("context", 1, 8, 32), Draw("pooled", 1, 24));                        // [1,L,D], [1,P]
        var grid = SigmaGrid.Uniform(sampler.Steps, sampler.Shift);
        var sampled = GroupSampler.Run(policy, Draw("start", 1, 4, 8, 8), w => Draw($"noise-{w}", 4, 4, 8, 8), prompts, 4, sampler, grid, 1, CancellationToken.None);
        var (each, advantage) = (prompts.Repeat(4), Draw("advantage", 4));                                       // [4]
        for (int w = 0; w < sampler.Window; w++)
        {
            using var inner = NewDisposeScope();
            var kernel = KernelStep.For(sampler.Kernel, sampler.Noise, grid[1 + w], grid[2 + w], grid[1]);
            var v = policy.Velocity(sampled.X[w], grid[1 + w], each);                                            // [4,C,h,w]
            Surrogate.Loss(KernelOps.LogRatio(kernel, sampled.Z[w], sampled.V[w], v), advantage, 0.1).backward();
        }
        adamw.Step(1e-3, 1);
    }

    private static long Live() => DisposeScopeManager.Statistics.TensorStatistics.ThreadTotalLiveCount;

    private static long Resident()
    {
        using var self = Process.GetCurrentProcess();
        return self.WorkingSet64;
    }
}
