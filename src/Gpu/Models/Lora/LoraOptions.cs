namespace PortraitGen.Gpu.Models.Lora;

/// <summary>What a low-rank adapter set looks like.</summary>
public sealed record LoraOptions
{
    /// <summary>Rank of every adapter, at least 1.</summary>
    public int Rank { get; init; } = 16;

    /// <summary>The addition is scaled by alpha / rank. Equal to the rank, the scale is 1.</summary>
    public double Alpha { get; init; } = 16;

    /// <summary>Module paths that end in one of these get an adapter.</summary>
    public IReadOnlyList<string> Targets { get; init; } = LoraTargets.Attention;
}
