using PortraitGen.Gpu.Tensors;
using static TorchSharp.torch;

namespace PortraitGen.Gpu.Grpo;

/// <summary>What a rollout shard stores. W window steps, N = groups * size samples, K exemplars.</summary>
/// <param name="X">[W, N, C, h, w] latents before each trained step.</param>
/// <param name="V">Same shape: the sampling policy's velocity.</param>
/// <param name="Z">Same shape: the noise of each step, (x' - mu_old) / std.</param>
/// <param name="Images">uint8 [N, 3, H, W].</param>
/// <param name="ExemplarLoss">Fresh transitions: the sampling policy's loss, [K * levels]; empty otherwise.</param>
/// <param name="ExemplarX">BELM: [W, K, C, h, w]; empty otherwise. Likewise V and Z.</param>
public sealed record RolloutTensors(Tensor X, Tensor V, Tensor Z, Tensor Images, Tensor ExemplarLoss, Tensor ExemplarX, Tensor ExemplarV, Tensor ExemplarZ)
{
    public byte[] ToBytes() => SafetensorsWriter.ToBytes(
    [
        ("x", X), ("v", V), ("z", Z), ("images", Images),
        ("exemplar.loss", ExemplarLoss), ("exemplar.x", ExemplarX), ("exemplar.v", ExemplarV), ("exemplar.z", ExemplarZ),
    ]);

    /// <summary>The images alone: uint8 [N, 3, H, W].</summary>
    public static Tensor ReadImages(byte[] bytes)
    {
        using var file = SafetensorsFile.Open(bytes, "rollout");
        return file.Read("images");
    }

    public static RolloutTensors Read(byte[] bytes)
    {
        using var file = SafetensorsFile.Open(bytes, "rollout");
        return new(file.Read("x"), file.Read("v"), file.Read("z"), file.Read("images"),
            file.Read("exemplar.loss"), file.Read("exemplar.x"), file.Read("exemplar.v"), file.Read("exemplar.z"));
    }
}
