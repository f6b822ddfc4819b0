using System.Globalization;
using PortraitGen.Gpu.Models;
using PortraitGen.Gpu.Models.Lora;
using PortraitGen.Gpu.Sampling;
using TorchSharp;
using static TorchSharp.torch;

namespace PortraitGen.Gpu.Tests.Models.Memory;

/// <summary>Peaks of a model's own steps, in bytes.</summary>
/// <param name="Weights">All models.</param>
/// <param name="Training">Forward and backward of one term, the adapter's gradients included.</param>
/// <param name="Recomputed">The same with recomputation.</param>
/// <param name="WithReference">Training with a KL to the base.</param>
/// <param name="RecomputedWithReference">The same with recomputation.</param>
/// <param name="Sampling">One velocity without gradients.</param>
/// <param name="Decoding">The images of one part.</param>
public sealed record MeasuredPeaks(long Weights, long Training, long Recomputed, long WithReference, long RecomputedWithReference, long Sampling, long Decoding);

/// <summary>What <see cref="MemoryPlanTests"/> runs in a process of its own.</summary>
public sealed class MeasuredMemory
{
    [Fact(Explicit = true)]
    public void Measure() => OwnProcess.Reply(question =>
    {
        var (folder, spec) = (question[(question.IndexOf(' ') + 1)..], MemoryPlanTests.Spec(int.Parse(question.Split(' ')[0], CultureInfo.InvariantCulture)));
        using var noise = new Noise(1);
        DiffusersFolder.Open(folder).LoadVae().Dispose(); // libraries are loaded
        long weights = Weights(folder);
        int samples = spec.Profile.GroupsPerShard * spec.Group.Size;
        using var pipeline = DiffusersFolder.Open(folder).Load();
        using var lora = LoraSet.Attach(pipeline.Transformer.Weights.Linears, new LoraOptions { Rank = spec.Lora.Rank, Alpha = spec.Lora.Alpha, Targets = [.. LoraTargets.Attention, .. LoraTargets.FeedForward] }, noise.Of);

        Step(samples, gradients: true); // libraries make buffers of their own
        long sampling = Most(samples, gradients: false), training = Most(samples, gradients: true), referenced = Most(samples, gradients: true, reference: true);
        pipeline.Transformer.Recompute = true;
        long recomputed = Most(samples, gradients: true), both = Most(samples, gradients: true, reference: true);
        Decode(1);
        return new MeasuredPeaks(weights, training, recomputed, referenced, both, sampling, Decode(samples));

        // What the managed heap gives back meanwhile hides a megabyte of the peak, never the same twice: of a small model's that is much.
        long Most(int count, bool gradients, bool reference = false) => Enumerable.Range(0, weights < 32 << 20 ? 3 : 1).Max(_ => Step(count, gradients, reference));

        long Step(int count, bool gradients, bool reference = false)
        {
            using var scope = NewDisposeScope();
            using var mode = set_grad_enabled(gradients);
            var prompts = pipeline.Text!.Condition([.. Enumerable.Repeat("a portrait of a woman", count)]);
            var (x, timestep) = (noise.Of([count, .. pipeline.LatentShape]), full(count, 500f));
            foreach (var (_, value) in lora.Trainables) value.grad = null;
            return PeakMemory.While(() =>
            {
                using var step = NewDisposeScope();
                var velocity = pipeline.Transformer.Forward(x, timestep, prompts.Context, prompts.Pooled);
                if (reference) velocity = velocity - Base(x, timestep, prompts);
                if (gradients) velocity.square().mean().backward();
            });
        }

        Tensor Base(Tensor x, Tensor timestep, Conditioning prompts)
        {
            using var off = no_grad();
            lora.Enabled = false;
            var velocity = pipeline.Transformer.Forward(x, timestep, prompts.Context, prompts.Pooled);
            lora.Enabled = true;
            return velocity;
        }

        long Decode(int count)
        {
            using var scope = NewDisposeScope();
            var latents = noise.Of([count, .. pipeline.LatentShape]);
            return PeakMemory.While(() => pipeline.DecodeToBytes(latents, spec.Profile));
        }
    });

    /// <summary>Without tokenizers, which are no tensors.</summary>
    private static long Weights(string folder)
    {
        var loaded = new List<IDisposable>();
        long bytes = PeakMemory.While(() => loaded.AddRange(DiffusersFolder.Open(folder).Parts().Select(part => part.Load(null, null))));
        foreach (var part in loaded) part.Dispose();
        return bytes;
    }
}
