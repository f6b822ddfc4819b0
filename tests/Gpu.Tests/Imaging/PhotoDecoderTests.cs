using System.Text;
using PortraitGen.Domain.Curation;
using PortraitGen.Gpu.Imaging;
using SkiaSharp;

namespace PortraitGen.Gpu.Tests.Imaging;

public sealed class PhotoDecoderTests
{
    [Theory, InlineData(SKEncodedImageFormat.Jpeg, 12), InlineData(SKEncodedImageFormat.Png, 0), InlineData(SKEncodedImageFormat.Webp, 24)]
    public void The_three_formats_decode_to_the_picture_that_was_encoded(SKEncodedImageFormat format, int tolerance)
    {
        var picture = Pictures.Quadrants(80, 64);
        var decoded = Photo(Pictures.Encode(picture, format, 100));
        Assert.Equal((80, 64), (decoded.Width, decoded.Height));
        foreach (var (x, y) in new[] { (10, 10), (70, 10), (10, 54), (70, 54) }) AssertNear(Pictures.At(picture, x, y), Pictures.At(decoded, x, y), tolerance);
    }

    [Theory]
    // The upright picture's corners: R(ed) G(reen) B(lue) Y(ellow), in the order top left, top right, bottom left, bottom right.
    [InlineData(1, "RGBY"), InlineData(2, "GRYB"), InlineData(3, "YBGR"), InlineData(4, "BYRG")]
    [InlineData(5, "RBGY"), InlineData(6, "BRYG"), InlineData(7, "YGBR"), InlineData(8, "GYRB")]
    public void Every_EXIF_orientation_is_applied(int orientation, string corners)
    {
        var decoded = Photo(Pictures.WithExif(Pictures.Jpeg(Pictures.Quadrants(96, 64), 100), orientation));
        Assert.Equal(orientation >= 5 ? (64, 96) : (96, 64), (decoded.Width, decoded.Height));
        int right = decoded.Width - 10, bottom = decoded.Height - 10;
        Assert.Equal(corners, string.Concat(new[] { (10, 10), (right, 10), (10, bottom), (right, bottom) }.Select(c => Colour(Pictures.At(decoded, c.Item1, c.Item2)))));
    }

    [Fact]
    public void Upright_turns_a_single_pixel_row_exactly()
    {
        byte[] stored = [1, 2, 3, 255, 4, 5, 6, 255, 7, 8, 9, 255];
        var turned = Upright.Of(stored, 3, 1, SKEncodedOrigin.RightTop);
        Assert.Equal((1, 3), (turned.Width, turned.Height));
        Assert.Equal([1, 2, 3, 4, 5, 6, 7, 8, 9], turned.Rgb);
        Assert.Equal([7, 8, 9, 4, 5, 6, 1, 2, 3], Upright.Of(stored, 3, 1, SKEncodedOrigin.LeftBottom).Rgb);
    }

    [Fact]
    public void Nothing_of_EXIF_and_GPS_is_left_in_the_baked_image()
    {
        var file = Pictures.WithExif(Pictures.Jpeg(Pictures.Noisy(64, 64)), 6);
        Assert.Contains("SecretCamera", Encoding.Latin1.GetString(file)); // the twin of the claim: it was there
        string baked = Encoding.Latin1.GetString(Photo(file).ToPng());
        foreach (var trace in new[] { "SecretCamera", "LATITUDE", "Exif", "eXIf", "tEXt", "iTXt", "tIME" }) Assert.DoesNotContain(trace, baked);
    }

    [Theory, InlineData(SKEncodedImageFormat.Jpeg), InlineData(SKEncodedImageFormat.Png), InlineData(SKEncodedImageFormat.Webp)]
    public void A_file_cut_anywhere_is_refused_as_truncated_or_damaged(SKEncodedImageFormat format)
    {
        var whole = Pictures.Encode(Pictures.Noisy(96, 96), format);
        Assert.IsType<DecodeOutcome.Photo>(PhotoDecoder.Decode(whole, DecodeLimits.Default));
        for (int percent = 1; percent < 100; percent++)
        {
            int length = whole.Length * percent / 100;
            var rejection = Refused(whole.AsSpan(0, length).ToArray());
            Assert.True(rejection.Code == RejectionCodes.Truncated || (rejection.Code == RejectionCodes.NotAnImage && length < 64), $"{percent} %: {rejection}");
        }
        Assert.Equal(RejectionCodes.Truncated, Refused(whole[..^2]).Code);
    }

    [Theory, InlineData(60_000, 60_000), InlineData(2_000_000_000, 1), InlineData(16_000, 16_000)]
    public void A_tiny_PNG_that_states_a_huge_size_is_refused_before_memory_is_taken(int width, int height)
    {
        var bomb = Pictures.PngBomb(width, height);
        Assert.True(bomb.Length < 1000);
        long before = GC.GetAllocatedBytesForCurrentThread();
        var rejection = Refused(bomb);
        Assert.Equal(RejectionCodes.TooManyPixels, rejection.Code);
        Assert.Contains($"{width}x{height}", rejection.Reason);
        Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 100_000);
    }

    [Fact]
    public void A_JPEG_header_that_states_a_huge_size_is_refused()
    {
        var jpeg = Pictures.Jpeg(Pictures.Noisy(32, 32));
        int sof = jpeg.AsSpan().IndexOf<byte>([0xFF, 0xC0]);
        (jpeg[sof + 5], jpeg[sof + 6], jpeg[sof + 7], jpeg[sof + 8]) = (0xFF, 0xFF, 0xFF, 0xFF);
        Assert.Equal(RejectionCodes.TooManyPixels, Refused(jpeg).Code);
    }

    [Fact]
    public void A_JPEG_of_hundreds_of_scans_is_refused()
    {
        var jpeg = Pictures.Jpeg(Pictures.Noisy(32, 32));
        int scan = jpeg.AsSpan().IndexOf<byte>([0xFF, 0xDA]);
        byte[] many = [.. jpeg.AsSpan(0, scan), .. Enumerable.Repeat(jpeg[scan..^2], 200).SelectMany(b => b), 0xFF, 0xD9];
        Assert.Contains("scans", Refused(many).Reason);
    }

    [Theory]
    [InlineData("474946383961", RejectionCodes.UnsupportedFormat, "GIF")]
    [InlineData("424D36000000", RejectionCodes.UnsupportedFormat, "BMP")]
    [InlineData("49492A0008000000", RejectionCodes.UnsupportedFormat, "TIFF")]
    [InlineData("0000001866747970686569630000", RejectionCodes.UnsupportedFormat, "HEIC")]
    [InlineData("255044462D312E37", RejectionCodes.NotAnImage, "PDF")]
    [InlineData("504B030414000000", RejectionCodes.NotAnImage, "ZIP")]
    [InlineData("6E6F2070686F746F", RejectionCodes.NotAnImage, "text")]
    [InlineData("", RejectionCodes.NotAnImage, "empty")]
    [InlineData("DEADBEEF0001", RejectionCodes.NotAnImage, "unknown")]
    public void What_is_no_photo_is_named_by_its_content(string hex, string code, string word)
    {
        var rejection = Refused(Convert.FromHexString(hex));
        Assert.Equal(code, rejection.Code);
        Assert.Contains(word, rejection.Reason);
    }

    [Fact]
    public void A_file_above_the_byte_limit_is_refused_by_its_size()
    {
        var rejection = Refused(Pictures.Jpeg(Pictures.Noisy(64, 64)), DecodeLimits.Default with { MaxBytes = 1000 });
        Assert.Equal(RejectionCodes.TooLargeFile, rejection.Code);
        Assert.Contains("1,000", rejection.Reason);
    }

    [Fact]
    public void Random_damage_never_throws()
    {
        foreach (var format in new[] { SKEncodedImageFormat.Jpeg, SKEncodedImageFormat.Png, SKEncodedImageFormat.Webp })
        {
            var whole = Pictures.Encode(Pictures.Noisy(48, 48), format);
            for (int trial = 0; trial < 300; trial++)
            {
                var rng = Domain.Maths.CounterRng.For((ulong)trial, "damage");
                var damaged = (byte[])whole.Clone();
                for (int k = 0; k < 8; k++) damaged[rng.Below(2 * k, damaged.Length)] = (byte)rng.Below(2 * k + 1, 256);
                Assert.NotNull(PhotoDecoder.Decode(damaged, DecodeLimits.Default));
            }
        }
    }

    [Fact]
    public void Grayscale_becomes_equal_red_green_and_blue()
    {
        using var gray = new SKBitmap(new SKImageInfo(64, 64, SKColorType.Gray8, SKAlphaType.Opaque));
        for (int i = 0; i < 64 * 64; i++) gray.SetPixel(i % 64, i / 64, new SKColor((byte)(i % 64 * 4), (byte)(i % 64 * 4), (byte)(i % 64 * 4)));
        using var png = gray.Encode(SKEncodedImageFormat.Png, 100);
        var bytes = png.ToArray();
        Assert.Equal(0, bytes[25]); // IHDR's colour type: grayscale
        var decoded = Photo(bytes);
        Assert.Equal((120, 120, 120), Pictures.At(decoded, 30, 5));
    }

    [Fact]
    public void Alpha_is_laid_over_white()
    {
        using var bitmap = new SKBitmap(new SKImageInfo(64, 64, SKColorType.Rgba8888, SKAlphaType.Unpremul));
        for (int i = 0; i < 64 * 64; i++) bitmap.SetPixel(i % 64, i / 64, new SKColor(200, 0, 0, (byte)(i % 64 < 20 ? 0 : i % 64 < 40 ? 128 : 255)));
        using var png = bitmap.Encode(SKEncodedImageFormat.Png, 100);
        var decoded = Photo(png.ToArray());
        Assert.Equal((255, 255, 255), Pictures.At(decoded, 5, 5));
        AssertNear((227, 127, 127), Pictures.At(decoded, 30, 5), 2); // 200·128/255 + 255·127/255, 255·127/255
        Assert.Equal((200, 0, 0), Pictures.At(decoded, 50, 5));
    }

    [Fact]
    public void A_CMYK_JPEG_becomes_RGB()
    {
        // 16x16, Adobe's inverted CMYK: the left half is magenta + yellow (red), the right half is half black (gray).
        const string Cmyk = "/9j/7gAOQWRvYmUAZAAAAAAA/9sAQwAGBAUGBQQGBgUGBwcGCAoQCgoJCQoUDg8MEBcUGBgXFBYWGh0lHxobIxwWFiAsICMmJykqKRkfLTAtKDAlKCko/8AAFAgAEAAQBEMRAE0RAFkR"
            + "AEsRAP/EABYAAQEBAAAAAAAAAAAAAAAAAAgJAP/EABQQAQAAAAAAAAAAAAAAAAAAAAD/2gAOBEMATQBZAEsAAD8AVIqCoVLKqKqCsyVaVZUsqoqoKz//2Q==";
        var decoded = Photo(Convert.FromBase64String(Cmyk));
        AssertNear((255, 0, 0), Pictures.At(decoded, 3, 8), 12);
        AssertNear((128, 128, 128), Pictures.At(decoded, 12, 8), 12);
    }

    [Fact]
    public void A_wide_gamut_profile_is_converted_before_it_is_dropped()
    {
        using var p3 = SKColorSpace.CreateRgb(SKColorSpaceTransferFn.Srgb, SKColorSpaceXyz.DisplayP3);
        using var bitmap = new SKBitmap(new SKImageInfo(64, 64, SKColorType.Rgba8888, SKAlphaType.Opaque, p3));
        // SKColor is sRGB by definition, so the bytes are set directly: P3 (200, 100, 100) is a stronger red in sRGB.
        var bytes = new byte[64 * 64 * 4];
        for (int i = 0; i < bytes.Length; i += 4) (bytes[i], bytes[i + 1], bytes[i + 2], bytes[i + 3]) = (200, 100, 100, 255);
        System.Runtime.InteropServices.Marshal.Copy(bytes, 0, bitmap.GetPixels(), bytes.Length);
        using var png = bitmap.Encode(SKEncodedImageFormat.Png, 100);
        var (r, g, _) = Pictures.At(Photo(png.ToArray()), 10, 10);
        Assert.InRange(r, 205, 225);
        Assert.InRange(g, 85, 99);
    }

    [Fact]
    public void Equal_pictures_have_equal_pixel_hashes_and_PNG_bytes_and_others_do_not()
    {
        var picture = Pictures.Noisy(64, 48);
        var decoded = Photo(Pictures.Encode(picture, SKEncodedImageFormat.Png));
        Assert.Equal(picture.PixelHash(), decoded.PixelHash());
        Assert.Equal(picture.ToPng(), decoded.ToPng());
        Assert.Equal(picture.PixelHash(), Photo(decoded.ToPng()).PixelHash());
        Assert.NotEqual(picture.PixelHash(), Pictures.Noisy(64, 48, seed: 2).PixelHash());
        Assert.NotEqual(new RgbImage(2, 1, new byte[6]).PixelHash(), new RgbImage(1, 2, new byte[6]).PixelHash());
    }

    private static RgbImage Photo(byte[] file) => PhotoDecoder.Decode(file, DecodeLimits.Default) switch
    {
        DecodeOutcome.Photo photo => photo.Image,
        DecodeOutcome.Refused refused => throw new Xunit.Sdk.XunitException($"Refused: {refused.Rejection}"),
        _ => throw new Xunit.Sdk.XunitException("No outcome."),
    };

    private static Rejection Refused(byte[] file, DecodeLimits? limits = null) => Assert.IsType<DecodeOutcome.Refused>(PhotoDecoder.Decode(file, limits ?? DecodeLimits.Default)).Rejection;

    private static void AssertNear((int R, int G, int B) expected, (int R, int G, int B) actual, int tolerance) =>
        Assert.True(Math.Abs(expected.R - actual.R) <= tolerance && Math.Abs(expected.G - actual.G) <= tolerance && Math.Abs(expected.B - actual.B) <= tolerance, $"{expected} expected, {actual} found");

    private static char Colour((int R, int G, int B) c) => (c.R > 128, c.G > 128, c.B > 128) switch
    {
        (true, false, false) => 'R',
        (false, true, false) => 'G',
        (false, false, true) => 'B',
        (true, true, false) => 'Y',
        _ => '?',
    };
}
