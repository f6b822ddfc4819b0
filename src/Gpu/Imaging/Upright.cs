using SkiaSharp;

namespace PortraitGen.Gpu.Imaging;

/// <summary>Turns decoded pixels as their orientation asks, and lays what is transparent over white.</summary>
internal static class Upright
{
    /// <param name="rgba">Width x height x 4 bytes, alpha not premultiplied.</param>
    /// <param name="origin">EXIF orientation, 1..8: which corner of the scene the first stored pixel shows.</param>
    public static RgbImage Of(ReadOnlySpan<byte> rgba, int width, int height, SKEncodedOrigin origin)
    {
        bool turned = origin >= SKEncodedOrigin.LeftTop; // 5..8 swap rows and columns
        int outWidth = turned ? height : width, outHeight = turned ? width : height;
        var rgb = new byte[(long)outWidth * outHeight * 3];
        for (int y = 0, from = 0; y < height; y++)
        {
            // Along a stored row the place in the upright picture moves by a constant step.
            var (startX, startY) = Place(0, y, width, height, origin);
            var (nextX, nextY) = Place(1, y, width, height, origin);
            int to = (startY * outWidth + startX) * 3, step = ((nextY - startY) * outWidth + (nextX - startX)) * 3;
            for (int x = 0; x < width; x++, from += 4, to += step)
            {
                int alpha = rgba[from + 3];
                rgb[to] = OverWhite(rgba[from], alpha);
                rgb[to + 1] = OverWhite(rgba[from + 1], alpha);
                rgb[to + 2] = OverWhite(rgba[from + 2], alpha);
            }
        }
        return new(outWidth, outHeight, rgb);
    }

    /// <summary>Where the stored pixel (x, y) is in the upright picture (EXIF 2.32, tag 0x0112).</summary>
    private static (int X, int Y) Place(int x, int y, int width, int height, SKEncodedOrigin origin) => origin switch
    {
        SKEncodedOrigin.TopRight => (width - 1 - x, y),
        SKEncodedOrigin.BottomRight => (width - 1 - x, height - 1 - y),
        SKEncodedOrigin.BottomLeft => (x, height - 1 - y),
        SKEncodedOrigin.LeftTop => (y, x),
        SKEncodedOrigin.RightTop => (height - 1 - y, x),
        SKEncodedOrigin.RightBottom => (height - 1 - y, width - 1 - x),
        SKEncodedOrigin.LeftBottom => (y, width - 1 - x),
        _ => (x, y),
    };

    private static byte OverWhite(byte colour, int alpha) => (byte)((colour * alpha + 255 * (255 - alpha) + 127) / 255);
}
