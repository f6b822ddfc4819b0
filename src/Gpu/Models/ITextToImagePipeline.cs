using PortraitGen.Gpu.Models.Vae;
using static TorchSharp.torch;

namespace PortraitGen.Gpu.Models;

/// <summary>A text-to-image model as campaigns use it, whatever its architecture. It owns its parts and disposes them.</summary>
public interface ITextToImagePipeline : IDisposable
{
    ILatentTransformer Transformer { get; }

    AutoencoderKL Vae { get; }

    FlowMatchSchedule Schedule { get; }

    /// <summary>The shape of one latent at the side the model was made for: C, h, w.</summary>
    long[] LatentShape { get; }

    /// <summary>Prompts to what the transformer reads; none where the model was loaded without, to take stored embeddings.</summary>
    IPromptEncoder? Text { get; }
}
