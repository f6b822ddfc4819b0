using PortraitGen.Gpu.Models.Layers;
using TorchSharp;
using static TorchSharp.torch;

namespace PortraitGen.Gpu.Models.Sd3;

/// <summary>Fresh weights for pretraining: every modulation and the last layer begin at zero, so that each block begins as identity.</summary>
public static class Sd3Init
{
    private static readonly string[] Zeros = [".norm1.linear", ".norm1_context.linear", "norm_out.linear", "proj_out"];

    /// <summary>A source of fresh weights.</summary>
    /// <param name="config">The model's shape.</param>
    /// <param name="normal">Standard normal noise, fp32 on the CPU, by tensor name and shape.</param>
    public static WeightSource Source(Sd3Config config, Func<string, long[], Tensor> normal) => (name, shape) =>
    {
        if (name == "pos_embed.pos_embed")
            return SinCosPositions.Create(config.InnerDim, config.PosEmbedMaxSize, config.SampleSize / config.PatchSize);
        string module = name[..name.LastIndexOf('.')];
        if (Zeros.Any(zero => module.EndsWith(zero, StringComparison.Ordinal))) return zeros(shape, ScalarType.Float32);
        return name.StartsWith("time_text_embed.", StringComparison.Ordinal) && name.EndsWith(".weight", StringComparison.Ordinal)
            ? normal(name, shape) * 0.02
            : FreshTensor.Create(name, shape, normal);
    };
}
