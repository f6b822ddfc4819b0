namespace PortraitGen.Jobs.Curation;

/// <summary>What one upload may hold. What is beyond is reported by name, and the rest goes on.</summary>
public sealed record UploadLimits
{
    /// <summary>Most photos.</summary>
    public int MaxPhotos { get; init; } = 20_000;

    /// <summary>Most bytes of one photo.</summary>
    public long MaxPhotoBytes { get; init; } = 32L << 20;

    /// <summary>Most bytes of one sidecar text.</summary>
    public long MaxTextBytes { get; init; } = 16 << 10;

    /// <summary>Most bytes of all photos.</summary>
    public long MaxTotalBytes { get; init; } = 16L << 30;
}
