using PortraitGen.Gpu.Models.Vae;

namespace PortraitGen.Gpu.Models;

/// <summary>A model without its text encoders: prompts come as stored embeddings.</summary>
internal sealed class UnpromptedPipeline(ILatentTransformer transformer, AutoencoderKL vae, FlowMatchSchedule schedule, long[] latentShape) : ITextToImagePipeline
{
    public ILatentTransformer Transformer => transformer;

    public AutoencoderKL Vae => vae;

    public FlowMatchSchedule Schedule => schedule;

    public long[] LatentShape => latentShape;

    public IPromptEncoder? Text => null;

    public void Dispose()
    {
        transformer.Dispose();
        vae.Dispose();
    }
}
