namespace PortraitGen.Gpu.Imaging.Drawn;

/// <summary>An sRGB image, 8 bits a channel.</summary>
/// <param name="Width">Pixels in a row.</param>
/// <param name="Height">Rows.</param>
/// <param name="Rgb">Bytes in [Height, Width, 3] order.</param>
public sealed record PortraitImage(int Width, int Height, byte[] Rgb)
{
    /// <summary>The image as floats in [-1, 1], in [3, Height, Width] order.</summary>
    public float[] ToPlanes()
    {
        var planes = new float[3 * Width * Height];
        for (var i = 0; i < Width * Height; i++)
            for (var c = 0; c < 3; c++)
                planes[c * Width * Height + i] = Rgb[i * 3 + c] / 127.5f - 1f;
        return planes;
    }
}
