using PortraitGen.Gpu.Models.Layers;
using TorchSharp;
using static TorchSharp.torch;

namespace PortraitGen.Gpu.Models.Sd3;

/// <summary>Time and pooled text to one vector that modulates every block.</summary>
internal sealed class Sd3Conditioning(Weights weights, Sd3Config config)
{
    private const int Frequencies = 128;
    private readonly Linear _time1 = weights.Linear("time_text_embed.timestep_embedder.linear_1", 2 * Frequencies, config.InnerDim);
    private readonly Linear _time2 = weights.Linear("time_text_embed.timestep_embedder.linear_2", config.InnerDim, config.InnerDim);
    private readonly Linear _text1 = weights.Linear("time_text_embed.text_embedder.linear_1", config.PooledProjectionDim, config.InnerDim);
    private readonly Linear _text2 = weights.Linear("time_text_embed.text_embedder.linear_2", config.InnerDim, config.InnerDim);

    /// <param name="timestep">[B], sigma times 1000.</param>
    /// <param name="pooled">[B, P].</param>
    /// <returns>[B, D].</returns>
    public Tensor Forward(Tensor timestep, Tensor pooled)
    {
        var exponent = arange(0, Frequencies, ScalarType.Float32, timestep.device) * (-Math.Log(10000) / Frequencies);
        var angle = timestep.to(ScalarType.Float32).unsqueeze(1) * exponent.exp().unsqueeze(0); // [B, 128], fp32: bf16 cannot tell 999 from 1000
        var waves = cat([angle.cos(), angle.sin()], -1).to(pooled.dtype);                         // [B, 256]
        var time = _time2.Forward(nn.functional.silu(_time1.Forward(waves)));                     // [B, D]
        var text = _text2.Forward(nn.functional.silu(_text1.Forward(pooled)));                    // [B, D]
        return time + text;
    }
}
