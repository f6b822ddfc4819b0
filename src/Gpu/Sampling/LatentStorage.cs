using PortraitGen.Domain.Campaigns;
using static TorchSharp.torch;

namespace PortraitGen.Gpu.Sampling;

/// <summary>Latents in the type in which they are kept. Rounded before their likelihood is taken, so that training sees the same bits.</summary>
public static class LatentStorage
{
    /// <summary>fp32 values that the type holds exactly.</summary>
    public static Tensor Rounded(Tensor x, LatentType type) => type is LatentType.Fp32 ? x : x.to(Dtype(type)).to(ScalarType.Float32);

    /// <summary>Rounded values in the type itself: half the bytes, and no bit lost.</summary>
    public static Tensor Packed(Tensor rounded, LatentType type) => type is LatentType.Fp32 ? rounded : rounded.to(Dtype(type));

    private static ScalarType Dtype(LatentType type) => type is LatentType.Bf16 ? ScalarType.BFloat16 : ScalarType.Float16;
}
