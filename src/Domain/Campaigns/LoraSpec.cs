using System.ComponentModel.DataAnnotations;

namespace PortraitGen.Domain.Campaigns;

/// <summary>The adapter that is trained.</summary>
public sealed record LoraSpec
{
    [Range(1, 1024)] public int Rank { get; init; } = 16;
    [Range(0.01, 4096.0)] public double Alpha { get; init; } = 32;

    /// <summary>Whether feed-forward layers are adapted beside attention.</summary>
    public bool FeedForward { get; init; } = true;
}
