using PortraitGen.Gpu.Models.Layers;
using static TorchSharp.torch;

namespace PortraitGen.Gpu.Models.Clip;

/// <summary>Fresh weights for a CLIP text encoder.</summary>
public static class ClipInit
{
    /// <summary>A source of fresh weights: small embeddings (std 0.02, 0.01), Xavier-normal matrices, biases 0, norm scales 1.</summary>
    /// <param name="normal">Standard normal noise, fp32 on the CPU, by tensor name and shape.</param>
    public static WeightSource Source(Func<string, long[], Tensor> normal) => (name, shape) => name switch
    {
        "text_model.embeddings.token_embedding.weight" => normal(name, shape) * 0.02,
        "text_model.embeddings.position_embedding.weight" => normal(name, shape) * 0.01,
        _ => FreshTensor.Create(name, shape, normal),
    };
}
