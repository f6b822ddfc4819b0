using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using PortraitGen.Domain.Artifacts;
using SkiaSharp;

namespace PortraitGen.Gpu.Imaging;

/// <summary>An upright, opaque sRGB picture without metadata: what every photo becomes once it is decoded.</summary>
public sealed class RgbImage
{
    /// <param name="width">Pixels, at least 1.</param>
    /// <param name="height">Pixels, at least 1.</param>
    /// <param name="rgb">Row by row from the top, 3 bytes per pixel (R, G, B); kept, not copied.</param>
    public RgbImage(int width, int height, byte[] rgb)
    {
        if (width < 1 || height < 1 || rgb.LongLength != (long)width * height * 3)
            throw new ArgumentException($"{width}x{height} pixels need {(long)width * height * 3} bytes of RGB, not {rgb.LongLength}.");
        (Width, Height, Rgb) = (width, height, rgb);
    }

    public int Width { get; }
    public int Height { get; }
    public byte[] Rgb { get; }

    /// <summary>Hash of size and pixels: equal for equal pictures, however they were encoded.</summary>
    public ContentHash PixelHash()
    {
        using var sha = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Span<byte> size = stackalloc byte[8];
        BinaryPrimitives.WriteInt32LittleEndian(size, Width);
        BinaryPrimitives.WriteInt32LittleEndian(size[4..], Height);
        sha.AppendData(size);
        sha.AppendData(Rgb);
        return ContentHash.Parse(Convert.ToHexStringLower(sha.GetHashAndReset()));
    }

    /// <summary>PNG, 8-bit RGB without an alpha channel or metadata. Equal pictures give equal bytes.</summary>
    public byte[] ToPng()
    {
        using var bitmap = ToBitmap();
        using var pixels = bitmap.PeekPixels();
        // One filter for all rows: Sub compresses photos well, and no heuristic decides per row.
        using var png = pixels.Encode(new SKPngEncoderOptions(SKPngEncoderFilterFlags.Sub, 6))
            ?? throw new InvalidOperationException($"A picture of {Width}x{Height} could not be encoded as PNG.");
        return png.ToArray();
    }

    /// <summary>The picture for drawing; the caller disposes of it.</summary>
    internal SKBitmap ToBitmap()
    {
        var bitmap = new SKBitmap(new SKImageInfo(Width, Height, SKColorType.Rgba8888, SKAlphaType.Opaque));
        var rgba = MemoryMarshal.CreateSpan(ref MemoryMarshal.GetReference(bitmap.GetPixelSpan()), bitmap.ByteCount);
        for (int i = 0, o = 0; i < Rgb.Length; i += 3, o += 4)
        {
            rgba[o] = Rgb[i];
            rgba[o + 1] = Rgb[i + 1];
            rgba[o + 2] = Rgb[i + 2];
            rgba[o + 3] = 255;
        }
        return bitmap;
    }
}
