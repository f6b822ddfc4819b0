using System.Buffers.Binary;
using System.Text;
using PortraitGen.Domain.Maths;
using PortraitGen.Gpu.Imaging;
using SkiaSharp;

namespace PortraitGen.Gpu.Tests.Imaging;

/// <summary>Pictures made for tests, and the files that hold them.</summary>
internal static class Pictures
{
    /// <summary>A colour gradient with noise: no two corners alike, sharp, and another picture for each seed.</summary>
    public static RgbImage Noisy(int width, int height, ulong seed = 1, int noise = 40)
    {
        var rng = CounterRng.For(seed, "test-picture");
        var rgb = new byte[width * height * 3];
        for (int i = 0; i < rgb.Length; i++)
        {
            int x = i / 3 % width, y = i / 3 / width;
            double smooth = (i % 3) switch { 0 => 200.0 * x / width, 1 => 200.0 * y / height, _ => 100.0 * (x + y) / (width + height) };
            rgb[i] = (byte)Math.Clamp(20 + smooth + noise * (rng.Uniform(i) - 0.5), 0, 255);
        }
        return new(width, height, rgb);
    }

    /// <summary>Four flat quadrants: red, green / blue, yellow. JPEG keeps them, so orientation can be read off.</summary>
    public static RgbImage Quadrants(int width, int height) => From(width, height, (x, y) =>
        (x < width / 2, y < height / 2) switch { (true, true) => (220, 30, 30), (false, true) => (30, 200, 30), (true, false) => (30, 30, 220), _ => (220, 220, 30) });

    public static RgbImage From(int width, int height, Func<int, int, (int R, int G, int B)> colour)
    {
        var rgb = new byte[width * height * 3];
        for (int i = 0; i < width * height; i++)
        {
            var (r, g, b) = colour(i % width, i / width);
            (rgb[3 * i], rgb[3 * i + 1], rgb[3 * i + 2]) = ((byte)r, (byte)g, (byte)b);
        }
        return new(width, height, rgb);
    }

    public static byte[] Encode(RgbImage image, SKEncodedImageFormat format, int quality = 92)
    {
        using var bitmap = image.ToBitmap();
        using var data = bitmap.Encode(format, quality);
        return data.ToArray();
    }

    public static byte[] Jpeg(RgbImage image, int quality = 92) => Encode(image, SKEncodedImageFormat.Jpeg, quality);

    /// <summary>Puts an EXIF segment with an orientation, a camera's name and a GPS latitude behind the JPEG's first marker.</summary>
    public static byte[] WithExif(byte[] jpeg, int orientation)
    {
        var tiff = new byte[26 + 12 * 3 + 6 + 32 + 40];
        Encoding.ASCII.GetBytes("MM\0*\0\0\0\u0008").CopyTo(tiff, 0);
        BinaryPrimitives.WriteUInt16BigEndian(tiff.AsSpan(8), 3);
        Entry(10, 0x010F, 2, 14, 80);                          // Make, ASCII at 80
        Entry(22, 0x0112, 3, 1, (uint)orientation << 16);      // Orientation, SHORT in place
        Entry(34, 0x8825, 4, 1, 50);                           // GPS IFD at 50
        BinaryPrimitives.WriteUInt16BigEndian(tiff.AsSpan(50), 1);
        Entry(52, 0x0002, 5, 1, 96);                           // GPSLatitude, RATIONAL at 96
        "SecretCamera\0"u8.CopyTo(tiff.AsSpan(80));
        "LATITUDE"u8.CopyTo(tiff.AsSpan(96));
        byte[] payload = [.. "Exif\0\0"u8, .. tiff];
        int length = payload.Length + 2;
        return [0xFF, 0xD8, 0xFF, 0xE1, (byte)(length >> 8), (byte)length, .. payload, .. jpeg.AsSpan(2)];

        void Entry(int at, ushort tag, ushort type, uint count, uint value)
        {
            BinaryPrimitives.WriteUInt16BigEndian(tiff.AsSpan(at), tag);
            BinaryPrimitives.WriteUInt16BigEndian(tiff.AsSpan(at + 2), type);
            BinaryPrimitives.WriteUInt32BigEndian(tiff.AsSpan(at + 4), count);
            BinaryPrimitives.WriteUInt32BigEndian(tiff.AsSpan(at + 8), value);
        }
    }

    /// <summary>A PNG whose header states any size, with a few bytes of data: what a pixel bomb looks like.</summary>
    public static byte[] PngBomb(int width, int height)
    {
        var png = Encode(Noisy(8, 8), SKEncodedImageFormat.Png);
        BinaryPrimitives.WriteInt32BigEndian(png.AsSpan(16), width);
        BinaryPrimitives.WriteInt32BigEndian(png.AsSpan(20), height);
        BinaryPrimitives.WriteUInt32BigEndian(png.AsSpan(29), Crc(png.AsSpan(12, 17)));
        return png;
    }

    public static (int R, int G, int B) At(RgbImage image, int x, int y)
    {
        int i = (y * image.Width + x) * 3;
        return (image.Rgb[i], image.Rgb[i + 1], image.Rgb[i + 2]);
    }

    private static uint Crc(ReadOnlySpan<byte> data)
    {
        uint crc = 0xFFFFFFFF;
        foreach (byte b in data)
        {
            crc ^= b;
            for (int k = 0; k < 8; k++) crc = (crc & 1) != 0 ? (crc >> 1) ^ 0xEDB88320 : crc >> 1;
        }
        return ~crc;
    }
}
