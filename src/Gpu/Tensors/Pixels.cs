using static TorchSharp.torch;

namespace PortraitGen.Gpu.Tensors;

/// <summary>Images as bytes and as the networks see them.</summary>
public static class Pixels
{
    /// <summary>uint8 [B, 3, H, W] to float32 in [-1, 1].</summary>
    public static Tensor ToFloat(Tensor bytes) => bytes.to(ScalarType.Float32) / 127.5 - 1;

    /// <summary>Float in [-1, 1] to uint8, rounded as a PNG would be: rewards and people see the same picture.</summary>
    public static Tensor ToBytes(Tensor image) => ((image.clamp(-1, 1) + 1) * 127.5).round().to(ScalarType.Byte);

    /// <summary>One image of uint8 [3, H, W] as interleaved RGB bytes.</summary>
    public static byte[] Interleaved(Tensor image) => image.permute(1, 2, 0).contiguous().data<byte>().ToArray(); // [H,W,3]

    /// <summary>Interleaved RGB bytes as uint8 [3, H, W].</summary>
    public static Tensor FromInterleaved(byte[] rgb, int width, int height) => tensor(rgb, [height, width, 3], dtype: ScalarType.Byte).permute(2, 0, 1).contiguous();
}
