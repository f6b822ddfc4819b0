namespace PortraitGen.Domain.Grpo;

/// <summary>Linear layers of one shape that carry an adapter.</summary>
/// <param name="Inputs">Features in.</param>
/// <param name="Outputs">Features out.</param>
public sealed record AdaptedLayers(long Count, long Inputs, long Outputs)
{
    /// <summary>Numbers of their adapters at a rank: A [rank, in] and B [out, rank] each.</summary>
    public long Parameters(int rank) => Count * rank * (Inputs + Outputs);
}

/// <summary>Which layers of the known architectures the adapter's targets (attention; feed-forward beside it) meet.</summary>
public static class LoraShapes
{
    /// <summary>Stable Diffusion 3.5 medium: 24 blocks of width 1536, the first 13 with a second attention.</summary>
    /// <remarks>Source: transformer/config.json of stabilityai/stable-diffusion-3.5-medium.</remarks>
    public static IReadOnlyList<AdaptedLayers> Sd35Medium(bool feedForward) => Sd3(24, 13, 1536, feedForward);

    /// <summary>FLUX.1-dev: 19 blocks of two streams and 38 of one, width 3072.</summary>
    /// <remarks>Source: transformer/config.json of black-forest-labs/FLUX.1-dev. The single blocks' proj_mlp and proj_out are no targets.</remarks>
    public static IReadOnlyList<AdaptedLayers> Flux1Dev(bool feedForward) => Flux(19, 38, 3072, feedForward);

    /// <summary>An SD3-class transformer. The last block reads its text stream no more: no to_add_out and no text feed-forward there.</summary>
    /// <param name="dual">Blocks with a second, image-only attention.</param>
    public static IReadOnlyList<AdaptedLayers> Sd3(int blocks, int dual, long width, bool feedForward)
    {
        AdaptedLayers attention = new(8L * blocks - 1 + 4L * dual, width, width);
        return feedForward ? [attention, new(2L * blocks - 1, width, 4 * width), new(2L * blocks - 1, 4 * width, width)] : [attention];
    }

    /// <param name="both">Blocks of two streams.</param>
    /// <param name="single">Blocks of one stream, which have to_q, to_k and to_v.</param>
    public static IReadOnlyList<AdaptedLayers> Flux(int both, int single, long width, bool feedForward)
    {
        AdaptedLayers attention = new(8L * both + 3L * single, width, width);
        return feedForward ? [attention, new(2L * both, width, 4 * width), new(2L * both, 4 * width, width)] : [attention];
    }

    public static long Parameters(IEnumerable<AdaptedLayers> layers, int rank) => layers.Sum(l => l.Parameters(rank));
}
