using PortraitGen.Gpu.Tensors;
using static TorchSharp.torch;

namespace PortraitGen.Gpu.Grpo;

/// <summary>What a rollout shard stores. W window steps, N = groups * size samples, K exemplars.</summary>
/// <param name="Kept">What the objective needs of the generated images.</param>
/// <param name="Images">uint8 [N, 3, H, W].</param>
/// <param name="ExemplarLoss">Fresh transitions: the sampling policy's loss, [K * levels]; empty otherwise.</param>
/// <param name="ExemplarX">Exemplars on the kernel: [W, K, C, h, w]; empty otherwise. Likewise V and Z.</param>
public sealed record RolloutTensors(Kept Kept, Tensor Images, Tensor ExemplarLoss, Tensor ExemplarX, Tensor ExemplarV, Tensor ExemplarZ)
{
    /// <summary>Latents before each trained step, in fp32 whatever they are stored in: [W, N, C, h, w].</summary>
    public Tensor X => Kept.X;

    public Tensor V => Kept.V;
    public Tensor Z => Kept.Z;
    public Tensor Final => Kept.Final;
    public Tensor Old => Kept.Old;

    public byte[] ToBytes() => SafetensorsWriter.ToBytes(
    [
        ("x", X), ("v", V), ("z", Z), ("final", Final), ("old", Old), ("images", Images),
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
        return new(new(file.Read("x").to(ScalarType.Float32), file.Read("v"), file.Read("z"), file.Read("final"), file.Read("old")), file.Read("images"),
            file.Read("exemplar.loss"), file.Read("exemplar.x"), file.Read("exemplar.v"), file.Read("exemplar.z"));
    }
}
