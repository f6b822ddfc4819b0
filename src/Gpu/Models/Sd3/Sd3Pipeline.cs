using PortraitGen.Gpu.Models.Vae;

namespace PortraitGen.Gpu.Models.Sd3;

/// <summary>The parts of an SD3-class model. It owns the models and disposes them.</summary>
/// <param name="Transformer">The MMDiT.</param>
/// <param name="Vae">Images to latents and back.</param>
/// <param name="TextEncoder">Prompts to what the transformer reads.</param>
/// <param name="Schedule">Noise levels.</param>
public sealed record Sd3Pipeline(Sd3Transformer Transformer, AutoencoderKL Vae, Sd3TextEncoder TextEncoder, FlowMatchSchedule Schedule) : ITextToImagePipeline
{
    ILatentTransformer ITextToImagePipeline.Transformer => Transformer;

    IPromptEncoder ITextToImagePipeline.Text => TextEncoder;

    /// <inheritdoc/>
    public long[] LatentShape => [Transformer.Config.InChannels, Transformer.Config.SampleSize, Transformer.Config.SampleSize];

    public void Dispose()
    {
        Transformer.Dispose();
        Vae.Dispose();
        TextEncoder.Dispose();
    }
}
