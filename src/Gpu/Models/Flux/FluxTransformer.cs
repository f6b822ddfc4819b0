using PortraitGen.Gpu.Models.Layers;
using TorchSharp;
using static TorchSharp.torch;

namespace PortraitGen.Gpu.Models.Flux;

/// <summary>The FLUX transformer: predicts the velocity of rectified flow for a latent.</summary>
/// <remarks>Source: diffusers 0.31, FluxTransformer2DModel; parameter names are the same.</remarks>
public sealed class FluxTransformer : ILatentTransformer
{
    private readonly FluxConditioning _conditioning;
    private readonly Linear _image, _context, _out;
    private readonly FluxBlock[] _blocks;
    private readonly FluxSingleBlock[] _singles;
    private readonly Modulation _normOut;

    /// <summary>Builds the model and takes the weights over.</summary>
    /// <exception cref="WeightsException">Tensors are missing, left over or misshapen; each is named.</exception>
    public FluxTransformer(FluxConfig config, Weights weights)
    {
        (Config, Weights) = (config, weights);
        int width = config.InnerDim;
        _conditioning = new(weights, config);
        _context = weights.Linear("context_embedder", config.JointAttentionDim, width);
        _image = weights.Linear("x_embedder", config.InChannels, width);
        _blocks = [.. Enumerable.Range(0, config.NumLayers).Select(index => new FluxBlock(weights, config, index))];
        _singles = [.. Enumerable.Range(0, config.NumSingleLayers).Select(index => new FluxSingleBlock(weights, config, index))];
        _normOut = new(weights, "norm_out", width, 2);
        _out = weights.Linear("proj_out", width, config.InChannels);
        weights.Close(FluxConfig.ClassName);
        Type = _out.Weight.dtype;
    }

    public FluxConfig Config { get; }

    public Weights Weights { get; }

    /// <inheritdoc/>
    public bool Recompute { get; set; }

    /// <summary>What a guidance-distilled model (dev) is told; 3.5 is the published default. Schnell does not look at it.</summary>
    public double Guidance { get; set; } = 3.5;

    private ScalarType Type { get; }

    /// <summary>The velocity at a latent.</summary>
    /// <param name="latents">[B, C, H, W]; H and W even.</param>
    /// <param name="timestep">[B], sigma times 1000.</param>
    /// <param name="context">Text tokens [B, L, joint width].</param>
    /// <param name="pooled">Pooled text [B, pooled width].</param>
    /// <returns>[B, C, H, W], in the type of <paramref name="latents"/>.</returns>
    /// <exception cref="ArgumentException">A side is odd.</exception>
    public Tensor Forward(Tensor latents, Tensor timestep, Tensor context, Tensor pooled)
    {
        long height = latents.shape[2], width = latents.shape[3];
        var tokens = FluxTokens.Pack(latents);                                                                          // [B, T, 4C]
        var ids = FluxTokens.Positions(context.shape[1], height / 2, width / 2, latents.device);                        // [L+T, 3]
        var guidance = full([latents.shape[0]], Guidance, dtype: ScalarType.Float32, device: latents.device);           // [B]
        return FluxTokens.Unpack(Tokens(tokens, timestep, context, pooled, guidance, ids), height, width);
    }

    public void Dispose() => Weights.Dispose();

    /// <summary>The velocity of packed tokens.</summary>
    /// <param name="tokens">[B, T, in channels].</param>
    /// <param name="timestep">[B], sigma times 1000.</param>
    /// <param name="context">[B, L, joint width].</param>
    /// <param name="pooled">[B, pooled width].</param>
    /// <param name="guidance">[B].</param>
    /// <param name="ids">[L + T, 3], positions, text first.</param>
    /// <returns>[B, T, in channels], in the type of <paramref name="tokens"/>.</returns>
    internal Tensor Tokens(Tensor tokens, Tensor timestep, Tensor context, Tensor pooled, Tensor guidance, Tensor ids)
    {
        var positions = new RotaryPositions(ids, Config.AxesDimsRope); // outlive the scope: recomputation turns by them in the backward pass
        using var scope = NewDisposeScope(); // what blocks gave each other is kept by the graph, where there is one, and by nobody else
        var conditioning = _conditioning.Forward(timestep, pooled.to(Type), guidance);      // [B, D]
        var x = _image.Forward(tokens.to(Type));                                            // [B, T, D]
        var text = _context.Forward(context.to(Type));                                      // [B, L, D]
        foreach (var block in _blocks)
        {
            var streams = Block.Run(Recompute, inputs => block.Forward(inputs[0], inputs[1], inputs[2], positions), x, text, conditioning);
            (x, text) = (streams[0], streams[1]);
        }

        var all = cat([text, x], 1);                                                        // [B, L+T, D]
        foreach (var block in _singles)
            all = Block.Run(Recompute, inputs => [block.Forward(inputs[0], inputs[1], positions)], all, conditioning)[0];
        x = all.narrow(1, text.shape[1], x.shape[1]);                                       // [B, T, D]
        return _out.Forward(_normOut.ApplyContinuous(x, conditioning)).to(tokens.dtype).MoveToOuterDisposeScope(); // [B, T, in channels]
    }
}
