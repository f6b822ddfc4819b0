using PortraitGen.Gpu.Models.Layers;
using static TorchSharp.torch;

namespace PortraitGen.Gpu.Models.Vae;

/// <summary>Fresh weights for an autoencoder.</summary>
public static class VaeInit
{
    /// <summary>A source of fresh weights: Xavier-normal kernels, biases 0, norm scales 1.</summary>
    /// <param name="normal">Standard normal noise, fp32 on the CPU, by tensor name and shape.</param>
    public static WeightSource Source(Func<string, long[], Tensor> normal) => (name, shape) => FreshTensor.Create(name, shape, normal);
}
