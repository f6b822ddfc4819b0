using PortraitGen.Gpu.Models.Layers;
using static TorchSharp.torch;

namespace PortraitGen.Gpu.Models.Flux;

/// <summary>One block with a stream for image and one for text that meet in attention.</summary>
/// <remarks>Source: diffusers 0.31, FluxTransformerBlock; text comes first in attention.</remarks>
internal sealed class FluxBlock
{
    private readonly Modulation _norm, _contextNorm;
    private readonly FluxHeads _heads, _contextHeads;
    private readonly Linear _out, _contextOut;
    private readonly FeedForward _feed, _contextFeed;

    public FluxBlock(Weights weights, FluxConfig config, int index)
    {
        string path = $"transformer_blocks.{index}", attention = path + ".attn.";
        int width = config.InnerDim;
        (_norm, _contextNorm) = (new(weights, path + ".norm1", width, 6), new(weights, path + ".norm1_context", width, 6));
        _heads = new(weights, config, attention + "to_q", attention + "to_k", attention + "to_v", attention + "norm_q", attention + "norm_k");
        _contextHeads = new(weights, config, attention + "add_q_proj", attention + "add_k_proj", attention + "add_v_proj", attention + "norm_added_q", attention + "norm_added_k");
        (_out, _contextOut) = (weights.Linear(attention + "to_out.0", width, width), weights.Linear(attention + "to_add_out", width, width));
        (_feed, _contextFeed) = (new(weights, path + ".ff", width), new(weights, path + ".ff_context", width));
    }

    /// <param name="x">Image tokens [B, T, D].</param>
    /// <param name="context">Text tokens [B, L, D].</param>
    /// <param name="conditioning">[B, D].</param>
    /// <param name="positions">Of L text and T image tokens.</param>
    public Tensor[] Forward(Tensor x, Tensor context, Tensor conditioning, RotaryPositions positions)
    {
        Tensor[] m = _norm.Parts(conditioning), c = _contextNorm.Parts(conditioning); // shift, scale, gate of attention; of feed-forward: [B, 1, D] each
        var (image, text) = (_heads.Forward(_norm.Apply(x, m[1], m[0])), _contextHeads.Forward(_contextNorm.Apply(context, c[1], c[0])));
        var mixed = FluxAttention.Mix((cat([text.Q, image.Q], 2), cat([text.K, image.K], 2), cat([text.V, image.V], 2)), positions); // [B, L+T, D]
        long words = context.shape[1];
        x = x + m[2] * _out.Forward(mixed.narrow(1, words, x.shape[1]));
        x = x + m[5] * _feed.Forward(_norm.Apply(x, m[4], m[3]));
        context = context + c[2] * _contextOut.Forward(mixed.narrow(1, 0, words));
        context = context + c[5] * _contextFeed.Forward(_contextNorm.Apply(context, c[4], c[3]));
        return [x, context];
    }
}
