using System.IO.Compression;
using System.Text.Json.Nodes;
using PortraitGen.Domain.Artifacts;
using PortraitGen.Domain.Campaigns;
using PortraitGen.Domain.Pretraining;
using PortraitGen.Gpu.Models;
using PortraitGen.Gpu.Models.Clip;
using PortraitGen.Gpu.Models.Sd3;
using PortraitGen.Gpu.Models.Vae;
using PortraitGen.Gpu.Runtime;
using PortraitGen.Gpu.Tensors;
using static TorchSharp.torch;

namespace PortraitGen.Gpu.Pretraining;

/// <summary>The models of a base in training, and what they train on.</summary>
/// <param name="Latents">Model-scale latents, [N, C, h, w].</param>
/// <param name="Captions">N captions.</param>
internal sealed record BaseParts(Sd3Pipeline Pipeline, BaseTrainer Trainer, Tensor Latents, IReadOnlyList<string> Captions) : IDisposable
{
    /// <summary>Fresh models or those of the model to go on from, with the state of the link before when there is one.</summary>
    public static BaseParts Open(BaseInput input, ModelStore models, ShardRun run)
    {
        var raw = cat([.. input.Latents.Select(l => Read(run.Read(l))["latents"])]);                                  // [N,C,h,w]
        string[] captions = [.. input.Captions.SelectMany(c => JsonNode.Parse(run.Read(c))!.AsArray().Select(t => t!.GetValue<string>()))];
        var pipeline = input.Model is { } model ? DiffusersFolder.Open(models.Fetch(model, run)).LoadSd3() : Fresh(input, raw, captions, run);
        long[] shape = [pipeline.Transformer.Config.InChannels, pipeline.Transformer.Config.SampleSize, pipeline.Transformer.Config.SampleSize];
        if (!raw.shape.AsSpan(1).SequenceEqual(shape))
        {
            string message = $"The model to go on from has latents of {string.Join('x', shape)}, images of {input.Size} pixels give {string.Join('x', raw.shape.Skip(1))}: train it at its own size.";
            pipeline.Dispose();
            throw new ShardFailedException(FailureClasses.UserError, message);
        }
        var b = input.Base;
        var trainer = new BaseTrainer(pipeline.Transformer, pipeline.TextEncoder.Encoder1, pipeline.TextEncoder.Encoder2, pipeline.TextEncoder, new BaseTraining(input.Seed, b.Steps, b.Batch, b.LearningRate));
        if (input.State is { } before) trainer.Load(Read(run.Read(before)), input.From);
        return new(pipeline, trainer, pipeline.Vae.ToModel(raw), captions);
    }

    private static Sd3Pipeline Fresh(BaseInput input, Tensor raw, string[] captions, ShardRun run)
    {
        // Unit variance is what the noise schedule assumes.
        var config = Config(input.Vae, input.Size) with { ShiftFactor = Math.Round(raw.mean().item<float>(), 4), ScalingFactor = Math.Round(1 / raw.std().item<float>(), 4) };
        var vae = new AutoencoderKL(config, Weights.From(Model(Read(run.Read(input.VaeState!.Value))), "autoencoder"));

        var b = input.Base;
        var (cut, cut2) = (Tokenizer(input, captions, run, ClipText.End), Tokenizer(input, captions, run, "!"));
        var text = new ClipTextConfig
        {
            VocabSize = cut.VocabSize,
            HiddenSize = b.TextWidth,
            IntermediateSize = 4 * b.TextWidth,
            NumHiddenLayers = 2,
            NumAttentionHeads = 4,
            MaxPositionEmbeddings = b.TextTokens,
            ProjectionDim = b.TextWidth,
            EosTokenId = cut.EosId,
        };
        var encoder1 = new ClipTextEncoder(text, new Weights(ClipInit.Source(Noise.Weights(input.Seed + 1))));
        var encoder2 = new ClipTextEncoder(text with { HiddenAct = "gelu" }, new Weights(ClipInit.Source(Noise.Weights(input.Seed + 2))));
        int latent = input.Size / config.Downscale;
        var shape = new Sd3Config
        {
            SampleSize = latent,
            PatchSize = 2,
            InChannels = config.LatentChannels,
            OutChannels = config.LatentChannels,
            NumLayers = b.Layers,
            AttentionHeadDim = b.HeadDim,
            NumAttentionHeads = b.Heads,
            CaptionProjectionDim = b.HeadDim * b.Heads,
            JointAttentionDim = 2 * b.TextWidth,
            PooledProjectionDim = 2 * b.TextWidth,
            PosEmbedMaxSize = latent / 2,
        };
        var transformer = new Sd3Transformer(shape, new Weights(Sd3Init.Source(shape, Noise.Weights(input.Seed))));
        return new Sd3Pipeline(transformer, vae, new(cut, encoder1, cut2, encoder2, shape.JointAttentionDim), new FlowMatchSchedule { Shift = 1 });
    }

    public static AutoencoderKL FreshVae(VaeSpec spec, int size, ulong seed) => new(Config(spec, size), new Weights(VaeInit.Source(Noise.Weights(seed))));

    /// <summary>All tensors of a stored file.</summary>
    public static Dictionary<string, Tensor> Read(byte[] bytes)
    {
        using var file = SafetensorsFile.Open(bytes, "state");
        return file.ReadAll();
    }

    /// <summary>A training state without the optimiser's moments.</summary>
    public static Dictionary<string, Tensor> Model(Dictionary<string, Tensor> state) =>
        state.Where(t => !t.Key.StartsWith("m.", StringComparison.Ordinal) && !t.Key.StartsWith("v.", StringComparison.Ordinal)).ToDictionary(t => t.Key, t => t.Value);

    public void Dispose()
    {
        Trainer.Dispose();
        Pipeline.Dispose();
    }

    private static VaeConfig Config(VaeSpec spec, int size) => new()
    {
        BlockOutChannels = spec.Channels,
        LatentChannels = spec.LatentChannels,
        LayersPerBlock = 1,
        NormNumGroups = 8,
        UseQuantConv = false,
        UsePostQuantConv = false,
        SampleSize = size,
        ScalingFactor = 1,
        ShiftFactor = 0,
    };

    /// <summary>CLIP's tokenizer, cut so that the captions' words are whole.</summary>
    private static ClipTokenizer Tokenizer(BaseInput input, string[] captions, ShardRun run, string pad)
    {
        var bytes = run.Read(input.Vocabulary);
        using Stream stream = bytes is [0x1F, 0x8B, ..] ? new GZipStream(new MemoryStream(bytes), CompressionMode.Decompress) : new MemoryStream(bytes);
        using var reader = new StreamReader(stream);
        return TokenizerCutter.Cut(ClipTokenizer.FromMerges(reader), captions.Distinct(), input.Base.Merges, input.Base.TextTokens, pad);
    }
}
