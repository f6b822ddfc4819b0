using PortraitGen.Gpu.Models.Layers;
using static TorchSharp.torch;

namespace PortraitGen.Gpu.Models.Flux;

/// <summary>Time, guidance and pooled text to one vector that modulates every block.</summary>
internal sealed class FluxConditioning(Weights weights, FluxConfig config)
{
    private readonly VectorEmbedder _time = new(weights, "time_text_embed.timestep_embedder", NoiseLevelWaves.Width, config.InnerDim);
    private readonly VectorEmbedder? _guidance = config.GuidanceEmbeds
        ? new(weights, "time_text_embed.guidance_embedder", NoiseLevelWaves.Width, config.InnerDim)
        : null;
    private readonly VectorEmbedder _text = new(weights, "time_text_embed.text_embedder", config.PooledProjectionDim, config.InnerDim);

    /// <param name="timestep">[B], sigma times 1000.</param>
    /// <param name="pooled">[B, P].</param>
    /// <param name="guidance">[B]; a model without guidance embedding does not look at it.</param>
    /// <returns>[B, D].</returns>
    public Tensor Forward(Tensor timestep, Tensor pooled, Tensor guidance)
    {
        var level = _time.Forward(NoiseLevelWaves.Of(timestep).to(pooled.dtype));                                                   // [B, D]
        if (_guidance is not null) level = level + _guidance.Forward(NoiseLevelWaves.Of(guidance * 1000).to(pooled.dtype));         // [B, D]
        return level + _text.Forward(pooled);
    }
}
