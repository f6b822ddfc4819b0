using PortraitGen.Domain.Artifacts;
using PortraitGen.Domain.Campaigns;
using PortraitGen.Gpu.Models;
using PortraitGen.Gpu.Models.Flux;
using PortraitGen.Gpu.Models.Lora;
using PortraitGen.Gpu.Runtime;
using PortraitGen.Gpu.Sampling;
using PortraitGen.Gpu.Tensors;
using static TorchSharp.torch;

namespace PortraitGen.Gpu.Grpo;

/// <summary>The base model and policy that one device thread has in memory. Shards of one campaign share both, so the last used one is kept.</summary>
/// <remarks>Not thread-safe: each device thread has its own.</remarks>
public sealed class LoadedModels(ModelStore store) : IDisposable
{
    private (Wanted Of, ITextToImagePipeline Pipeline)? _base;
    private (Wanted Of, IPromptEncoder Encoder)? _text;
    private (LoraSpec Spec, LoraSet Set, ContentHash? State, bool Average)? _adapter;

    /// <summary>The base model's text encoders. Nothing else is loaded beside them.</summary>
    public IPromptEncoder Text(ContentHash manifest, ExecutionProfile profile, ShardRun run)
    {
        var wanted = new Wanted(manifest, profile.Device, profile.Weights, profile.OffloadText);
        if (_text is { } kept && kept.Of == wanted) return kept.Encoder;
        Dispose();
        var loaded = DiffusersFolder.Open(store.Fetch(manifest, run)).LoadText(TorchDevice.Of(profile.Device), TypeOf(profile));
        _text = (wanted, loaded);
        return loaded;
    }

    /// <summary>The base with the adapter of a policy version.</summary>
    /// <param name="state">The object with the version's adapter, or with its average; none for a fresh adapter.</param>
    /// <param name="average">Whether the averaged adapter is meant: the one to benchmark and export.</param>
    /// <param name="seed">Names the fresh adapter's random start.</param>
    public (ITextToImagePipeline Pipeline, Policy Policy) Policy(ContentHash manifest, LoraSpec lora, ContentHash? state, bool average, ulong seed, ExecutionProfile profile, ShardRun run)
    {
        var pipeline = Load(manifest, profile, run);
        if (pipeline.Transformer is FluxTransformer flux) flux.Guidance = 1; // none, as inversions want it, whatever the shard before asked for
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
            byte[] bytes = run.Read(wanted);
            _adapter.Value.Set.Load(average ? PolicyState.ReadAverage(bytes) : PolicyState.ReadAdapter(bytes));
            _adapter = (lora, _adapter.Value.Set, wanted, average);
        }
        return (pipeline, new(pipeline.Transformer, _adapter.Value.Set));
    }

    public void Dispose()
    {
        DropAdapter();
        _base?.Pipeline.Dispose();
        _text?.Encoder.Dispose();
        (_base, _text) = (null, null);
    }

    private ITextToImagePipeline Load(ContentHash manifest, ExecutionProfile profile, ShardRun run)
    {
        var wanted = new Wanted(manifest, profile.Device, profile.Weights, profile.OffloadText);
        if (_base is not { } kept || kept.Of != wanted)
        {
            Dispose();
            var folder = DiffusersFolder.Open(store.Fetch(manifest, run));
            var device = TorchDevice.Of(profile.Device);
            kept = (wanted, profile.OffloadText ? folder.LoadWithoutText(device, TypeOf(profile)) : folder.Load(device, TypeOf(profile)));
            _base = kept;
        }
        kept.Pipeline.Transformer.Recompute = profile.Recompute;
        return kept.Pipeline;
    }

    private static ScalarType? TypeOf(ExecutionProfile profile) => profile.Weights is WeightType.Bf16 ? ScalarType.BFloat16 : null;

    private void DropAdapter()
    {
        _adapter?.Set.Dispose();
        _adapter = null;
    }

    private sealed record Wanted(ContentHash Base, DeviceKind Device, WeightType Weights, bool OffloadText);
}
