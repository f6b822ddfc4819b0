using System.ComponentModel.DataAnnotations;

namespace PortraitGen.Domain.Campaigns;

/// <summary>The groups of an epoch.</summary>
public sealed record GroupSpec
{
    /// <summary>Generated images of a prompt. The advantage is undefined for one.</summary>
    [Range(2, 256)] public int Size { get; init; } = 7;

    /// <summary>Prompts, hence groups, an epoch.</summary>
    [Range(1, 4096)] public int PerEpoch { get; init; } = 8;
}
