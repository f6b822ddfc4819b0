using System.ComponentModel.DataAnnotations;

namespace PortraitGen.Domain.Campaigns;

/// <summary>What is measured before and after, on fresh seeds.</summary>
public sealed record BenchmarkSpec
{
    /// <summary>Images of a benchmark.</summary>
    [Range(2, 100000)] public int Images { get; init; } = 128;

    /// <summary>Euler steps of a benchmark image.</summary>
    [Range(2, 200)] public int Steps { get; init; } = 20;

    /// <summary>Preview images after each epoch, for the same prompts and seeds.</summary>
    [Range(0, 64)] public int Previews { get; init; } = 4;
}
