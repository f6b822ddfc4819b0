using TorchSharp;
using static TorchSharp.torch;

namespace PortraitGen.Gpu.Models.Layers;

/// <summary>Where sums and squares of half precision would lose too much.</summary>
internal static class Wide
{
    /// <summary>At least fp32: half precision is widened, double stays.</summary>
    public static Tensor Widen(this Tensor x) => x.dtype == ScalarType.Float64 ? x : x.to(ScalarType.Float32);
}
