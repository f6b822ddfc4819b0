using PortraitGen.Domain.Curation;

namespace PortraitGen.Gpu.Imaging;

/// <summary>What came of decoding a file that may be anything.</summary>
public abstract record DecodeOutcome
{
    private DecodeOutcome() { }

    /// <summary>It is a photo.</summary>
    public sealed record Photo(RgbImage Image, PhotoFormat Format) : DecodeOutcome;

    /// <summary>It is not, or not one that may be decoded.</summary>
    public sealed record Refused(Rejection Rejection) : DecodeOutcome;
}
