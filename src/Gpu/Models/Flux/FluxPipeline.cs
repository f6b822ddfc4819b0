using PortraitGen.Gpu.Models.Vae;

namespace PortraitGen.Gpu.Models.Flux;

/// <summary>The parts of a FLUX model. It owns the models and disposes them.</summary>
public sealed class FluxPipeline : ITextToImagePipeline
{
    /// <param name="transformer">The velocity model.</param>
    /// <param name="vae">Images to latents and back; its sample size is the side campaigns work at.</param>
    /// <param name="text">Prompts to what the transformer reads.</param>
    /// <param name="schedule">Noise levels.</param>
    /// <exception cref="ModelConfigException">The parts do not fit together.</exception>
    public FluxPipeline(FluxTransformer transformer, AutoencoderKL vae, FluxTextEncoder text, FlowMatchSchedule schedule)
    {
        (Transformer, Vae, TextEncoder, Schedule) = (transformer, vae, text, schedule);
        RequireFit(vae, transformer.Config);
    }

    public FluxTransformer Transformer { get; }

    public AutoencoderKL Vae { get; }

    public FluxTextEncoder TextEncoder { get; }

    public FlowMatchSchedule Schedule { get; }

    ILatentTransformer ITextToImagePipeline.Transformer => Transformer;

    IPromptEncoder ITextToImagePipeline.Text => TextEncoder;

    /// <inheritdoc/>
    public long[] LatentShape => [Vae.Config.LatentChannels, Vae.Config.SampleSize / Vae.Downscale, Vae.Config.SampleSize / Vae.Downscale];

    public void Dispose()
    {
        Transformer.Dispose();
        Vae.Dispose();
        TextEncoder.Dispose();
    }

    internal static void RequireFit(AutoencoderKL vae, FluxConfig transformer)
    {
        if (vae.Config.LatentChannels * 4 != transformer.InChannels)
            throw new ModelConfigException($"The vae's latent_channels x 4 is {vae.Config.LatentChannels * 4}, but the transformer's in_channels is {transformer.InChannels}; the parts are not of one model.");
    }
}
