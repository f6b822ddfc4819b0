using PortraitGen.Gpu.Models;
using PortraitGen.Gpu.Models.Clip;
using PortraitGen.Gpu.Models.Flux;
using PortraitGen.Gpu.Models.Sd3;
using PortraitGen.Gpu.Models.T5;
using PortraitGen.Gpu.Models.Vae;
using PortraitGen.Tests;

namespace PortraitGen.Gpu.Tests.Models.Memory;

/// <summary>Model folders whose memory is planned and measured: the shipped model, and one of some ten million numbers of each architecture, with random weights.</summary>
internal static class PlannedModels
{
    /// <param name="name">tiny, sd3 or flux.</param>
    /// <param name="folder">Where a model that is made is written.</param>
    /// <returns>The model's folder.</returns>
    public static string Make(string name, string folder)
    {
        if (name == "tiny") return Path.Combine(Repository.Root, "models", "portrait-tiny");
        using ITextToImagePipeline pipeline = name == "sd3" ? Sd3() : Flux();
        DiffusersFolderWriter.Save(folder, pipeline);
        return folder;
    }

    private static VaeConfig Vae { get; } = new() { BlockOutChannels = [32, 64, 128], LayersPerBlock = 1, NormNumGroups = 8, LatentChannels = 16, SampleSize = 128, UseQuantConv = false, UsePostQuantConv = false };

    private static Sd3Pipeline Sd3()
    {
        using var noise = new Noise(1);
        var config = TinyModels.Sd3 with
        {
            SampleSize = 32,
            InChannels = 16,
            OutChannels = 16,
            NumLayers = 6,
            AttentionHeadDim = 64,
            NumAttentionHeads = 5,
            JointAttentionDim = 64,
            CaptionProjectionDim = 320,
            PosEmbedMaxSize = 32,
            QkNorm = "rms_norm",
            DualAttentionLayers = [0, 1],
        };
        ClipTokenizer first = TinyModels.Tokenizer("<|endoftext|>"), second = TinyModels.Tokenizer("!");
        var text = TinyModels.Text(first);
        return new(
            new Sd3Transformer(config, new Weights(Sd3Init.Source(config, noise.Of))), new AutoencoderKL(Vae, new Weights(VaeInit.Source(noise.Of))),
            new(first, new ClipTextEncoder(text, new Weights(ClipInit.Source(noise.Of))), second, new ClipTextEncoder(text with { HiddenAct = "gelu" }, new Weights(ClipInit.Source(noise.Of))), config.JointAttentionDim, t5Tokens: 52),
            new FlowMatchSchedule { Shift = 3 });
    }

    private static FluxPipeline Flux()
    {
        using var noise = new Noise(2);
        var config = TinyModels.Flux with { InChannels = 64, NumLayers = 3, NumSingleLayers = 6, AttentionHeadDim = 64, NumAttentionHeads = 4, AxesDimsRope = [16, 24, 24] };
        var clip = TinyModels.Tokenizer("<|endoftext|>");
        var t5 = new T5Config { VocabSize = Tokenizers.T5.VocabSize, DModel = 8, DKv = 4, DFf = 16, NumHeads = 2, NumLayers = 2 };
        return new(
            new FluxTransformer(config, new Weights(FluxInit.Source(noise.Of))), new AutoencoderKL(Vae, new Weights(VaeInit.Source(noise.Of))),
            new(clip, new ClipTextEncoder(TinyModels.Text(clip) with { WithProjection = false }, new Weights(ClipInit.Source(noise.Of))), Tokenizers.T5, new T5Encoder(t5, new Weights(T5Init.Source(noise.Of))), config, 64),
            new FlowMatchSchedule { UseDynamicShifting = true });
    }
}
