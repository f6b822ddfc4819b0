using PortraitGen.Gpu.Models;
using PortraitGen.Gpu.Models.Clip;
using PortraitGen.Gpu.Models.Sd3;
using PortraitGen.Gpu.Models.Vae;

namespace PortraitGen.Gpu.Tests;

/// <summary>The smallest models of each architecture, with fresh weights from a seed.</summary>
internal static class TinyModels
{
    public static Sd3Config Sd3 { get; } = new()
    {
        SampleSize = 8,
        InChannels = 4,
        OutChannels = 4,
        NumLayers = 2,
        AttentionHeadDim = 8,
        NumAttentionHeads = 2,
        JointAttentionDim = 40,
        CaptionProjectionDim = 16,
        PooledProjectionDim = 24,
        PosEmbedMaxSize = 8,
    };

    public static VaeConfig Vae { get; } = new() { BlockOutChannels = [8, 16], NormNumGroups = 4, LatentChannels = 4, UseQuantConv = false, UsePostQuantConv = false };

    public static Sd3Transformer Transformer(ulong seed, Sd3Config? config = null)
    {
        using var noise = new Noise(seed);
        return new Sd3Transformer(config ?? Sd3, new Weights(Sd3Init.Source(config ?? Sd3, noise.Of)));
    }

    /// <summary>As after training: nothing is exactly zero any more.</summary>
    public static Sd3Transformer TrainedTransformer(ulong seed, Sd3Config? config = null)
    {
        var model = Transformer(seed, config);
        using var noise = new Noise(seed + 1);
        using var quiet = TorchSharp.torch.no_grad();
        using var scope = TorchSharp.torch.NewDisposeScope();
        foreach (var (_, value) in model.Weights.Parameters) value.add_(noise.Of(value.shape) * 0.1);
        return model;
    }

    public static ClipTokenizer Tokenizer(string padToken) => TokenizerCutter.Cut(Tokenizers.Clip, ["a portrait of a woman with glasses"], 100, 12, padToken);

    public static Sd3Pipeline Pipeline(ulong seed)
    {
        using var noise = new Noise(seed);
        ClipTokenizer first = Tokenizer("<|endoftext|>"), second = Tokenizer("!");
        var text = new ClipTextConfig
        {
            VocabSize = first.VocabSize,
            HiddenSize = 16,
            IntermediateSize = 32,
            NumHiddenLayers = 2,
            NumAttentionHeads = 2,
            MaxPositionEmbeddings = 12,
            EosTokenId = first.EosId,
            ProjectionDim = 12,
        };
        return new Sd3Pipeline(
            TrainedTransformer(seed),
            new AutoencoderKL(Vae, new Weights(VaeInit.Source(noise.Of))),
            first,
            new ClipTextEncoder(text, new Weights(ClipInit.Source(noise.Of))),
            second,
            new ClipTextEncoder(text with { HiddenAct = "gelu" }, new Weights(ClipInit.Source(noise.Of))),
            new FlowMatchSchedule { Shift = 3 });
    }
}
