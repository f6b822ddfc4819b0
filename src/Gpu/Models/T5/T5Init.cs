using PortraitGen.Gpu.Models.Layers;
using static TorchSharp.torch;

namespace PortraitGen.Gpu.Models.T5;

/// <summary>Fresh weights for a T5 encoder.</summary>
public static class T5Init
{
    /// <summary>A source of fresh weights: Xavier-normal matrices and tables, norm scales 1.</summary>
    /// <param name="normal">Standard normal noise, fp32 on the CPU, by tensor name and shape.</param>
    public static WeightSource Source(Func<string, long[], Tensor> normal) => (name, shape) => FreshTensor.Create(name, shape, normal);
}
