using PortraitGen.Gpu.Models.Layers;
using static TorchSharp.torch;

namespace PortraitGen.Gpu.Models.Flux;

/// <summary>Fresh weights: every modulation and the last layer begin at zero, so that each block begins as identity.</summary>
public static class FluxInit
{
    private static readonly string[] Zeros = [".norm1.linear", ".norm1_context.linear", ".norm.linear", "norm_out.linear", "proj_out"];

    /// <summary>A source of fresh weights.</summary>
    /// <param name="normal">Standard normal noise, fp32 on the CPU, by tensor name and shape.</param>
    public static WeightSource Source(Func<string, long[], Tensor> normal) => (name, shape) =>
    {
        string module = name[..name.LastIndexOf('.')];
        bool zero = module == "proj_out" || Zeros.Any(end => end != "proj_out" && module.EndsWith(end, StringComparison.Ordinal));
        return zero ? zeros(shape, ScalarType.Float32) : FreshTensor.Create(name, shape, normal);
    };
}
