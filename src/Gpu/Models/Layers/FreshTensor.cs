using TorchSharp;
using static TorchSharp.torch;

namespace PortraitGen.Gpu.Models.Layers;

/// <summary>The usual start values: biases 0, norm scales 1, matrices and kernels Xavier-normal.</summary>
internal static class FreshTensor
{
    public static Tensor Create(string name, long[] shape, Func<string, long[], Tensor> normal)
    {
        if (name.EndsWith(".bias", StringComparison.Ordinal)) return zeros(shape, ScalarType.Float32);
        if (shape.Length == 1) return ones(shape, ScalarType.Float32);
        long taps = shape.Skip(2).Aggregate(1L, (product, size) => product * size); // kernel positions
        return normal(name, shape) * Math.Sqrt(2.0 / ((shape[0] + shape[1]) * taps));
    }
}
