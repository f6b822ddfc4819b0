using PortraitGen.Gpu.Models.Flux;
using PortraitGen.Gpu.Models.Lora;
using PortraitGen.Gpu.Models.Sd3;

namespace PortraitGen.Gpu.Models.Memory;

/// <summary>What the blocks of a transformer hold for one latent, from its config alone.</summary>
internal static class TransformerMemory
{
    /// <param name="config">The transformer's shape.</param>
    /// <param name="latent">C, h, w.</param>
    /// <param name="words">Text tokens.</param>
    /// <param name="targets">Where adapters sit.</param>
    /// <param name="rank">Their rank.</param>
    public static IReadOnlyList<BlockMemory> Blocks(Sd3Config config, long[] latent, long words, IReadOnlyList<string> targets, int rank)
    {
        Stream image = Of(latent[1] / config.PatchSize * (latent[2] / config.PatchSize), config.InnerDim, targets, rank, config.QkNorm is not null);
        Stream text = image with { Size = words * config.InnerDim };
        return [.. Enumerable.Range(0, config.NumLayers).Select(index => BlockShapes.Joint(image, text, config.DualAttentionLayers.Contains(index), index == config.NumLayers - 1))];
    }

    /// <inheritdoc cref="Blocks(Sd3Config, long[], long, IReadOnlyList{string}, int)"/>
    public static IReadOnlyList<BlockMemory> Blocks(FluxConfig config, long[] latent, long words, IReadOnlyList<string> targets, int rank)
    {
        Stream image = Of(latent[1] / 2 * (latent[2] / 2), config.InnerDim, targets, rank, normed: true);
        Stream text = image with { Size = words * config.InnerDim };
        return
        [
            .. Enumerable.Repeat(BlockShapes.Double(image, text), config.NumLayers),
            .. Enumerable.Repeat(BlockShapes.Single(image with { Size = image.Size + text.Size }), config.NumSingleLayers),
        ];
    }

    /// <summary>Numbers at most at once in a training step of one latent: what the blocks before keep, and the block that runs, or runs backward.</summary>
    /// <param name="blocks">In order.</param>
    /// <param name="passes">Forward passes of one velocity, two under guidance: the graphs of both are there at the end.</param>
    /// <param name="reference">Whether the base's velocity is wanted too, for a KL: a pass without gradients beside the whole graph.</param>
    public static double Training(IReadOnlyList<BlockMemory> blocks, int passes, bool reference)
    {
        double peak = reference ? passes * blocks.Sum(block => block.Kept) + Sampling(blocks) : 0, before = (passes - 1) * blocks.Sum(block => block.Kept);
        foreach (var block in blocks)
        {
            peak = Math.Max(peak, before + Math.Max(block.Training, block.Kept + block.Backward));
            before += block.Kept;
        }

        return peak;
    }

    /// <summary>
    /// The same with recomputation: the inputs of the blocks up to the one whose turn it is in the backward pass, and that one with its graph and its backward pass. Early in that pass few
    /// adapters have a gradient yet; when all have, the inputs are gone.
    /// </summary>
    public static double Recomputed(IReadOnlyList<BlockMemory> blocks, int passes, bool reference)
    {
        double all = blocks.Sum(block => block.Input), peak = reference ? passes * all + Sampling(blocks) : 0, inputs = (passes - 1) * all;
        foreach (var block in blocks)
        {
            inputs += block.Input;
            peak = Math.Max(peak, inputs + Math.Max(block.Training, block.Kept + block.Backward));
        }

        return peak;
    }

    /// <summary>Numbers at most at once without gradients: what every block gave is held until the velocity is there.</summary>
    public static double Sampling(IReadOnlyList<BlockMemory> blocks)
    {
        double peak = 0, before = 0;
        foreach (var block in blocks)
        {
            peak = Math.Max(peak, before + block.Sampling);
            before += block.Input;
        }

        return peak;
    }

    private static Stream Of(double tokens, double width, IReadOnlyList<string> targets, int rank, bool normed) =>
        new(tokens * width, rank / width, LoraTargets.Match("attn.to_q", targets) ? 1 : 0, LoraTargets.Match("ff.net.2", targets) ? 1 : 0, normed ? 1 : 0);
}
