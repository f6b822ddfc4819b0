using PortraitGen.Gpu.Models.Layers;
using static TorchSharp.torch;

namespace PortraitGen.Gpu.Models.Sd3;

/// <summary>The SD3 and SD3.5 transformer (MMDiT): predicts the velocity of rectified flow for a latent.</summary>
/// <remarks>Source: diffusers 0.31, SD3Transformer2DModel; parameter names are the same.</remarks>
public sealed class Sd3Transformer : ILatentTransformer
{
    private readonly Conv2d _patch;
    private readonly Tensor _positions;
    private readonly Sd3Conditioning _conditioning;
    private readonly Linear _context, _out;
    private readonly JointBlock[] _blocks;
    private readonly Modulation _normOut;

    /// <summary>Builds the model and takes the weights over.</summary>
    /// <exception cref="WeightsException">Tensors are missing, left over or misshapen; each is named.</exception>
    public Sd3Transformer(Sd3Config config, Weights weights)
    {
        (Config, Weights) = (config, weights);
        int width = config.InnerDim;
        _patch = new(weights, "pos_embed.proj", config.InChannels, width, config.PatchSize, config.PatchSize);
        _positions = weights.ClaimBuffer("pos_embed.pos_embed", 1, (long)config.PosEmbedMaxSize * config.PosEmbedMaxSize, width);
        _conditioning = new(weights, config);
        _context = weights.Linear("context_embedder", config.JointAttentionDim, width);
        _blocks = [.. Enumerable.Range(0, config.NumLayers).Select(index => new JointBlock(weights, config, index))];
        _normOut = new(weights, "norm_out", width, 2);
        _out = weights.Linear("proj_out", width, (long)config.PatchSize * config.PatchSize * config.OutChannels);
        weights.Close(Sd3Config.ClassName);
    }

    public Sd3Config Config { get; }

    public Weights Weights { get; }

    /// <inheritdoc/>
    public bool Recompute { get; set; }

    /// <summary>Sees every velocity, and may put a node of its own behind it: how tests count forward and backward passes.</summary>
    internal Func<Tensor, Tensor>? Tap { get; set; }

    /// <summary>Every linear layer by its module path: where adapters attach.</summary>
    public IReadOnlyDictionary<string, Linear> Linears => Weights.Linears;

    /// <summary>The velocity at a latent.</summary>
    /// <param name="latents">[B, C, H, W]; H and W multiples of the patch size.</param>
    /// <param name="timestep">[B], sigma times 1000.</param>
    /// <param name="context">Text tokens [B, L, joint width].</param>
    /// <param name="pooled">Pooled text [B, pooled width].</param>
    /// <returns>[B, out channels, H, W], in the type of <paramref name="latents"/>.</returns>
    /// <exception cref="ArgumentException">The latent does not divide into patches, or has more than there are position codes.</exception>
    public Tensor Forward(Tensor latents, Tensor timestep, Tensor context, Tensor pooled)
    {
        using var scope = NewDisposeScope(); // what blocks gave each other is kept by the graph, where there is one, and by nobody else
        var (type, patch) = (_positions.dtype, Config.PatchSize);
        long batch = latents.shape[0], rows = latents.shape[2] / patch, columns = latents.shape[3] / patch;
        var positions = Positions(latents.shape[2], latents.shape[3]);                      // [1, T, D]
        var x = _patch.Forward(latents.to(type)).flatten(2).transpose(1, 2) + positions;    // [B, T, D]
        var conditioning = _conditioning.Forward(timestep, pooled.to(type));                // [B, D]
        var text = _context.Forward(context.to(type));                                      // [B, L, D]
        foreach (var block in _blocks)
        {
            var streams = Block.Run(Recompute, inputs => block.Forward(inputs[0], inputs[1], inputs[2]), x, text, conditioning);
            x = streams[0];
            if (streams.Length > 1) text = streams[1]; // the last block reads the text and gives none
        }

        x = _out.Forward(_normOut.ApplyContinuous(x, conditioning));                        // [B, T, p*p*C]
        var velocity = x.view(batch, rows, columns, patch, patch, Config.OutChannels)
            .permute(0, 5, 1, 3, 2, 4)                                                      // [B, C, rows, p, columns, p]
            .reshape(batch, Config.OutChannels, rows * patch, columns * patch)
            .to(latents.dtype);
        return (Tap is null ? velocity : Tap(velocity)).MoveToOuterDisposeScope();
    }

    public void Dispose() => Weights.Dispose();

    /// <summary>The middle of the square of position codes, as large as the latent.</summary>
    private Tensor Positions(long height, long width)
    {
        var (patch, most) = (Config.PatchSize, Config.PosEmbedMaxSize);
        long rows = height / patch, columns = width / patch;
        if (height % patch != 0 || width % patch != 0 || rows > most || columns > most)
            throw new ArgumentException($"A latent of {height}x{width} does not fit: sides must be multiples of {patch} and at most {most * patch}.");
        return _positions.view(1, most, most, -1)
            .narrow(1, (most - rows) / 2, rows)
            .narrow(2, (most - columns) / 2, columns)
            .reshape(1, rows * columns, -1);
    }
}
