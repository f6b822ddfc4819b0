using PortraitGen.Gpu.Imaging.Drawn;
using PortraitGen.Gpu.Tensors;
using TorchSharp;
using static TorchSharp.torch;

namespace PortraitGen.Gpu.Tests;

/// <summary>Small drawn portraits of forty people in both looks, drawn once for all tests: drawing costs more than what is tested on them.</summary>
internal static class DrawnSet
{
    public const int Side = 32;
    private static readonly Lazy<byte[][]> Captured = new(() => Draw(Look.Captured)), Painted = new(() => Draw(Look.Ai));

    /// <summary>uint8 [count, 3, 32, 32].</summary>
    public static Tensor Of(Look look, int first, int count)
    {
        var all = (look is Look.Captured ? Captured : Painted).Value;
        return stack([.. Enumerable.Range(first, count).Select(i => Pixels.FromInterleaved(all[i], Side, Side))]);
    }

    private static byte[][] Draw(Look look) => [.. Enumerable.Range(0, 40).Select(i => DrawnPortrait.Render((ulong)i, look, Side).Rgb)];
}
