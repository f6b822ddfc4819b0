using PortraitGen.Domain.Artifacts;
using PortraitGen.Domain.Campaigns;
using PortraitGen.Gpu.Models;
using PortraitGen.Gpu.Models.Lora;
using PortraitGen.Gpu.Models.Sd3;
using PortraitGen.Gpu.Runtime;
using PortraitGen.Gpu.Sampling;
using PortraitGen.Gpu.Tensors;
using static TorchSharp.torch;

namespace PortraitGen.Gpu.Grpo;

/// <summary>The base model and policy that one device thread has in memory. Shards of one campaign share both, so the last used one is kept.</summary>
/// <remarks>Not thread-safe: each device thread has its own.</remarks>
public sealed class LoadedModels(ModelStore store) : IDisposable
{
    private (ContentHash Base, DeviceKind Device, Sd3Pipeline Pipeline)? _base;
    private (LoraSpec Spec, LoraSet Set, ContentHash? State, bool Average)? _adapter;

    /// <summary>The bare base model, without an adapter.</summary>
    public Sd3Pipeline Base(ContentHash manifest, ExecutionProfile profile, ShardRun run)
    {
        DropAdapter();
        return Load(manifest, profile, run);
    }

    /// <summary>The base with the adapter of a policy version.</summary>
    /// <param name="state">The version's tensors; none for a fresh adapter.</param>
    /// <param name="average">Whether the averaged adapter is meant: the one to benchmark and export.</param>
    /// <param name="seed">Names the fresh adapter's random start.</param>
    public (Sd3Pipeline Pipeline, Policy Policy) Policy(ContentHash manifest, LoraSpec lora, ContentHash? state, bool average, ulong seed, ExecutionProfile profile, ShardRun run)
    {
        var pipeline = Load(manifest, profile, run);
        if (_adapter is { } kept && (state is null || kept.Spec != lora)) DropAdapter();
        if (_adapter is null)
        {
            string[] targets = [.. LoraTargets.Attention, .. lora.FeedForward ? LoraTargets.FeedForward : []];
            var options = new LoraOptions { Rank = lora.Rank, Alpha = lora.Alpha, Targets = targets };
            _adapter = (lora, LoraSet.Attach(pipeline.Transformer.Weights.Linears, options, Noise.Weights(seed)), null, false);
        }
        if (state is { } wanted && (_adapter.Value.State != wanted || _adapter.Value.Average != average))
        {
            using var scope = NewDisposeScope();
            var tensors = PolicyState.Read(run.Read(wanted));
            _adapter.Value.Set.Load(average ? tensors.Average : tensors.Adapter);
            _adapter = (lora, _adapter.Value.Set, wanted, average);
        }
        return (pipeline, new(pipeline.Transformer, _adapter.Value.Set));
    }

    public void Dispose()
    {
        DropAdapter();
        _base?.Pipeline.Dispose();
        _base = null;
    }

    private Sd3Pipeline Load(ContentHash manifest, ExecutionProfile profile, ShardRun run)
    {
        if (_base is { } kept && kept.Base == manifest && kept.Device == profile.Device) return kept.Pipeline;
        Dispose();
        var pipeline = DiffusersFolder.Open(store.Fetch(manifest, run)).LoadSd3(TorchDevice.Of(profile.Device));
        _base = (manifest, profile.Device, pipeline);
        return pipeline;
    }

    private void DropAdapter()
    {
        _adapter?.Set.Dispose();
        _adapter = null;
    }
}
