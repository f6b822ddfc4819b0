using PortraitGen.Gpu.Models;
using PortraitGen.Gpu.Models.Clip;
using PortraitGen.Gpu.Models.Flux;
using PortraitGen.Gpu.Models.Sd3;
using PortraitGen.Gpu.Models.T5;
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

    public static FluxConfig Flux { get; } = new()
    {
        InChannels = 16,
        NumLayers = 2,
        NumSingleLayers = 2,
        AttentionHeadDim = 8,
        NumAttentionHeads = 2,
        JointAttentionDim = 8,
        PooledProjectionDim = 16,
        GuidanceEmbeds = true,
        AxesDimsRope = [2, 2, 4],
    };

    public static VaeConfig Vae { get; } = new() { BlockOutChannels = [8, 16], NormNumGroups = 4, LatentChannels = 4, UseQuantConv = false, UsePostQuantConv = false };

    public static Sd3Transformer Transformer(ulong seed, Sd3Config? config = null)
    {
        using var noise = new Noise(seed);
        return new Sd3Transformer(config ?? Sd3, new Weights(Sd3Init.Source(config ?? Sd3, noise.Of)));
    }

    /// <summary>As after training: nothing is exactly zero any more.</summary>
    public static Sd3Transformer TrainedTransformer(ulong seed, Sd3Config? config = null) => Trained(Transformer(seed, config), seed);

    /// <summary>The FLUX architecture at its least, as after training.</summary>
    public static FluxTransformer FluxTransformer(ulong seed, FluxConfig? config = null)
    {
        using var noise = new Noise(seed);
        return Trained(new FluxTransformer(config ?? Flux, new Weights(FluxInit.Source(noise.Of))), seed);
    }

    /// <summary>A whole FLUX model of 16x16 pixels, with the real T5 vocabulary.</summary>
    public static FluxPipeline FluxPipeline(ulong seed)
    {
        using var noise = new Noise(seed + 2);
        var tokenizer = Tokenizer("<|endoftext|>");
        var t5 = new T5Config { VocabSize = Tokenizers.T5.VocabSize, DModel = 8, DKv = 4, DFf = 16, NumHeads = 2, NumLayers = 2 };
        return new FluxPipeline(
            FluxTransformer(seed),
            new AutoencoderKL(Vae with { SampleSize = 16 }, new Weights(VaeInit.Source(noise.Of))),
            new(tokenizer, new ClipTextEncoder(Text(tokenizer) with { WithProjection = false }, new Weights(ClipInit.Source(noise.Of))), Tokenizers.T5, new T5Encoder(t5, new Weights(T5Init.Source(noise.Of))), Flux, 8),
            new FlowMatchSchedule { UseDynamicShifting = true });
    }

    private static T Trained<T>(T model, ulong seed) where T : ILatentTransformer
    {
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
        var text = Text(first);
        var transformer = TrainedTransformer(seed);
        return new Sd3Pipeline(
            transformer,
            new AutoencoderKL(Vae, new Weights(VaeInit.Source(noise.Of))),
            new(first, new ClipTextEncoder(text, new Weights(ClipInit.Source(noise.Of))), second, new ClipTextEncoder(text with { HiddenAct = "gelu" }, new Weights(ClipInit.Source(noise.Of))), transformer.Config.JointAttentionDim),
            new FlowMatchSchedule { Shift = 3 });
    }

    public static ClipTextConfig Text(ClipTokenizer tokenizer) => new()
    {
        VocabSize = tokenizer.VocabSize,
        HiddenSize = 16,
        IntermediateSize = 32,
        NumHiddenLayers = 2,
        NumAttentionHeads = 2,
        MaxPositionEmbeddings = 12,
        EosTokenId = tokenizer.EosId,
        ProjectionDim = 12,
    };
}
