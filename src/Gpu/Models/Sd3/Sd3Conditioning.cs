using PortraitGen.Gpu.Models.Layers;
using static TorchSharp.torch;

namespace PortraitGen.Gpu.Models.Sd3;

/// <summary>Time and pooled text to one vector that modulates every block.</summary>
internal sealed class Sd3Conditioning(Weights weights, Sd3Config config)
{
    private readonly VectorEmbedder _time = new(weights, "time_text_embed.timestep_embedder", NoiseLevelWaves.Width, config.InnerDim);
    private readonly VectorEmbedder _text = new(weights, "time_text_embed.text_embedder", config.PooledProjectionDim, config.InnerDim);

    /// <param name="timestep">[B], sigma times 1000.</param>
    /// <param name="pooled">[B, P].</param>
    /// <returns>[B, D].</returns>
    public Tensor Forward(Tensor timestep, Tensor pooled) =>
        _time.Forward(NoiseLevelWaves.Of(timestep).to(pooled.dtype)) + _text.Forward(pooled);
}
