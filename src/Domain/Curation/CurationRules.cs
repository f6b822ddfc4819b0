using System.ComponentModel.DataAnnotations;

namespace PortraitGen.Domain.Curation;

/// <summary>What a photo must be to enter a dataset version.</summary>
public sealed record CurationRules
{
    /// <summary>Shortest side allowed, pixels. The training size is a minimum too: nothing is ever enlarged.</summary>
    /// <value>64.</value>
    [Range(16, 4096)] public int MinSide { get; init; } = 64;

    /// <summary>Longest side allowed, pixels; read from the header, before anything is decoded.</summary>
    /// <value>16384.</value>
    [Range(64, 65535)] public int MaxSide { get; init; } = 16_384;

    /// <summary>Most pixels allowed; read from the header, before anything is decoded. Decoding takes about 7 bytes per pixel.</summary>
    /// <value>64 million: a 50-megapixel camera passes and takes 450 MB for a moment.</value>
    [Range(4096L, 400_000_000L)] public long MaxPixels { get; init; } = 64_000_000;

    /// <summary>Most bytes of one file.</summary>
    /// <value>32 MiB.</value>
    [Range(1024L, 1L << 30)] public long MaxBytes { get; init; } = 32L << 20;

    /// <summary>Largest ratio of the longer side to the shorter: the centre square of a panorama holds no portrait.</summary>
    /// <value>2.5.</value>
    [Range(1.0, 10.0)] public double MaxAspect { get; init; } = 2.5;

    /// <summary>Least <see cref="PhotoQuality.Sharpness"/>. 0 accepts everything.</summary>
    /// <value>40: about what a sharp portrait has left after a Gaussian blur of 1.5 pixels at training size.</value>
    /// <remarks>One value serves every training size: natural pictures hold about equal power in each octave, so that the Laplacian's
    /// variance, taken at the size of training, moves little with that size, while blur that would be seen there lowers it steeply.</remarks>
    [Range(0.0, 100_000.0)] public double MinSharpness { get; init; } = 40;

    /// <summary>Judges a decoded photo. Null when it may enter.</summary>
    /// <param name="size">Side of the training image, pixels.</param>
    public Rejection? Judge(PhotoQuality photo, int size)
    {
        int shortest = Math.Min(photo.Width, photo.Height), needed = Math.Max(MinSide, size);
        if (shortest < needed)
            return new(RejectionCodes.TooSmall, $"{photo.Width}x{photo.Height} pixels: the shorter side needs {needed} (training at {size}, minSide {MinSide}).");
        if (photo.Aspect > MaxAspect)
            return new(RejectionCodes.TooNarrow, $"{photo.Width}x{photo.Height} pixels: the sides' ratio {photo.Aspect:0.00} is above maxAspect {MaxAspect:0.00}.");
        if (photo.Sharpness < MinSharpness)
            return new(RejectionCodes.Blurred, $"Sharpness {photo.Sharpness:0.0} at {size} pixels is below minSharpness {MinSharpness:0.0}.");
        return null;
    }
}
