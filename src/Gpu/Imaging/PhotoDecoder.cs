using PortraitGen.Domain.Curation;
using SkiaSharp;

namespace PortraitGen.Gpu.Imaging;

/// <summary>Decodes uploaded photos. Files are hostile until they are decoded: whatever is wrong with one is an outcome, not an exception.</summary>
public static class PhotoDecoder
{
    /// <summary>Tells the format by content, checks size and completeness, and only then decodes: upright, sRGB, alpha laid over white,
    /// grayscale and CMYK as RGB, nothing else kept.</summary>
    /// <remarks>About 7 bytes of memory per pixel. Colours are converted by the embedded profile, as it is dropped.</remarks>
    public static DecodeOutcome Decode(ReadOnlySpan<byte> file, DecodeLimits limits)
    {
        var format = PhotoFormat.Sniff(file);
        if (format.Refusal is { } refusal) return new DecodeOutcome.Refused(refusal);
        if (file.Length > limits.MaxBytes)
            return Refuse(RejectionCodes.TooLargeFile, $"The file has {file.Length:N0} bytes; at most {limits.MaxBytes:N0} are read.");

        var container = PhotoContainer.Read(file, format);
        if (container.Width > limits.MaxSide || container.Height > limits.MaxSide || (long)container.Width * container.Height > limits.MaxPixels)
            return Refuse(RejectionCodes.TooManyPixels,
                $"The {format.Name} states {container.Width}x{container.Height} pixels; at most {limits.MaxSide} per side and {limits.MaxPixels:N0} in all are decoded.");
        if (!container.Complete) return Truncated(format);
        if (container.Width < 1 || container.Height < 1) return Refuse(RejectionCodes.NotAnImage, $"The {format.Name} states no size: its header is damaged.");
        if (container.Scans > DecodeLimits.MaxScans)
            return Refuse(RejectionCodes.NotAnImage, $"The JPEG has {container.Scans} scans; real photos have about ten, and at most {DecodeLimits.MaxScans} are decoded.");

        using var stream = new SKMemoryStream(file.ToArray());
        using var codec = SKCodec.Create(stream, out var opened);
        if (codec is null) return Failed(format, opened);
        // The codec's own reading of the header decides what it will allocate, so it is held to the limits as well.
        if (codec.Info.Width != container.Width || codec.Info.Height != container.Height)
            return Refuse(RejectionCodes.NotAnImage, $"The {format.Name} states two sizes, {container.Width}x{container.Height} and {codec.Info.Width}x{codec.Info.Height}.");
        if (codec.FrameCount > 1) return Refuse(RejectionCodes.UnsupportedFormat, $"The {format.Name} is an animation of {codec.FrameCount} frames; photos are still.");

        using var sRgb = SKColorSpace.CreateSrgb();
        using var bitmap = new SKBitmap();
        if (!bitmap.TryAllocPixels(new SKImageInfo(codec.Info.Width, codec.Info.Height, SKColorType.Rgba8888, SKAlphaType.Unpremul, sRgb)))
            return Refuse(RejectionCodes.TooManyPixels, $"There is no memory for {codec.Info.Width}x{codec.Info.Height} pixels: lower maxPixels.");
        var decoded = codec.GetPixels(bitmap.Info, bitmap.GetPixels());
        return decoded == SKCodecResult.Success
            ? new DecodeOutcome.Photo(Upright.Of(bitmap.GetPixelSpan(), bitmap.Width, bitmap.Height, codec.EncodedOrigin), format)
            : Failed(format, decoded);
    }

    private static DecodeOutcome.Refused Failed(PhotoFormat format, SKCodecResult result) => result == SKCodecResult.IncompleteInput
        ? Truncated(format)
        : Refuse(RejectionCodes.NotAnImage, $"The file begins like a {format.Name} but cannot be decoded ({result}): it is damaged.");

    private static DecodeOutcome.Refused Truncated(PhotoFormat format) =>
        Refuse(RejectionCodes.Truncated, $"The {format.Name} ends before its picture does: the file was cut off. Upload it again.");

    private static DecodeOutcome.Refused Refuse(string code, string reason) => new(new Rejection(code, reason));
}
