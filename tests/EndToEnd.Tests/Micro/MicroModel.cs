using PortraitGen.Gpu.Imaging.Drawn;
using PortraitGen.Gpu.Models;
using PortraitGen.Gpu.Models.Clip;
using PortraitGen.Gpu.Models.Sd3;
using PortraitGen.Gpu.Models.Vae;
using PortraitGen.Gpu.Tests;
using TorchSharp;

namespace PortraitGen.EndToEnd.Tests.Micro;

/// <summary>A base model of 32x32 images with weights from a seed: the whole architecture at the least cost.</summary>
internal static class MicroModel
{
    public const string Name = "micro";
    private const ulong Seed = 4;
    private const int Tokens = 32;

    /// <summary>Writes the model into a folder of models, where a server finds it by its name.</summary>
    public static void Write(string models)
    {
        using var noise = new Noise(Seed);
        using var pipeline = Build(noise);
        using var quiet = torch.no_grad();
        using var scope = torch.NewDisposeScope();
        // As after training: where everything starts at zero, prompts and noise levels change nothing.
        foreach (var (_, value) in pipeline.Transformer.Weights.Parameters) value.add_(noise.Of(value.shape) * 0.05);
        DiffusersFolderWriter.Save(Path.Combine(models, Name), pipeline);
    }

    private static Sd3Pipeline Build(Noise noise)
    {
        ClipTokenizer first = Tokenizer("<|endoftext|>"), second = Tokenizer("!");
        var text = new ClipTextConfig
        {
            VocabSize = first.VocabSize,
            HiddenSize = 16,
            IntermediateSize = 32,
            NumHiddenLayers = 2,
            NumAttentionHeads = 2,
            MaxPositionEmbeddings = Tokens,
            EosTokenId = first.EosId,
            ProjectionDim = 12,
        };
        var transformer = new Sd3Config
        {
            SampleSize = 16,
            InChannels = 4,
            OutChannels = 4,
            NumLayers = 2,
            AttentionHeadDim = 16,
            NumAttentionHeads = 2,
            JointAttentionDim = 32,
            CaptionProjectionDim = 32,
            PooledProjectionDim = 24,
            PosEmbedMaxSize = 8,
        };
        var vae = new VaeConfig { BlockOutChannels = [8, 16], NormNumGroups = 4, LatentChannels = 4, UseQuantConv = false, UsePostQuantConv = false };
        return new Sd3Pipeline(
            new Sd3Transformer(transformer, new Weights(Sd3Init.Source(transformer, noise.Of))),
            new AutoencoderKL(vae, new Weights(VaeInit.Source(noise.Of))),
            new(first, new ClipTextEncoder(text, new Weights(ClipInit.Source(noise.Of))), second, new ClipTextEncoder(text with { HiddenAct = "gelu" }, new Weights(ClipInit.Source(noise.Of))), transformer.JointAttentionDim),
            new FlowMatchSchedule { Shift = 1 });
    }

    private static ClipTokenizer Tokenizer(string pad) => TokenizerCutter.Cut(Tokenizers.Clip, PortraitCaption.Phrases, 400, Tokens, pad);
}
