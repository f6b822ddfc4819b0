using PortraitGen.Domain.Curation;

namespace PortraitGen.Gpu.Imaging;

/// <summary>What a hostile file may cost at most. All of it is checked before a pixel is decoded.</summary>
/// <param name="MaxBytes">Of the file.</param>
/// <param name="MaxSide">Pixels, by the header.</param>
/// <param name="MaxPixels">By the header.</param>
public sealed record DecodeLimits(long MaxBytes, int MaxSide, long MaxPixels)
{
    /// <summary>Most scans of a progressive JPEG: each costs a pass over the whole picture, and real encoders write about ten.</summary>
    public const int MaxScans = 100;

    /// <summary>The limits of the default <see cref="CurationRules"/>.</summary>
    public static DecodeLimits Default { get; } = Of(new CurationRules());

    public static DecodeLimits Of(CurationRules rules) => new(rules.MaxBytes, rules.MaxSide, rules.MaxPixels);
}
