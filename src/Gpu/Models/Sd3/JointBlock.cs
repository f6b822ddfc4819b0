using PortraitGen.Gpu.Models.Layers;
using static TorchSharp.torch;

namespace PortraitGen.Gpu.Models.Sd3;

/// <summary>One MMDiT block: two streams that meet in attention, each modulated by time and pooled text.</summary>
/// <remarks>Source: SD3 (arXiv:2403.03206); names and order as in diffusers 0.31, JointTransformerBlock.</remarks>
internal sealed class JointBlock
{
    private readonly bool _dual, _last;
    private readonly Modulation _norm, _contextNorm;
    private readonly JointAttention _attention;
    private readonly JointAttention? _second;
    private readonly FeedForward _feed;
    private readonly FeedForward? _contextFeed;

    public JointBlock(Weights weights, Sd3Config config, int index)
    {
        string path = $"transformer_blocks.{index}";
        _last = index == config.NumLayers - 1;
        _dual = config.DualAttentionLayers.Contains(index);
        _norm = new(weights, path + ".norm1", config.InnerDim, _dual ? 9 : 6);
        _contextNorm = new(weights, path + ".norm1_context", config.InnerDim, _last ? 2 : 6);
        _attention = new(weights, path + ".attn", config, joint: true, contextOut: !_last);
        if (_dual) _second = new(weights, path + ".attn2", config, joint: false, contextOut: false);
        _feed = new(weights, path + ".ff", config.InnerDim);
        if (!_last) _contextFeed = new(weights, path + ".ff_context", config.InnerDim);
    }

    /// <param name="x">Image tokens [B, T, D].</param>
    /// <param name="context">Text tokens [B, L, D].</param>
    /// <param name="conditioning">[B, D].</param>
    /// <returns>Both streams; of the last block the image tokens alone.</returns>
    public Tensor[] Forward(Tensor x, Tensor context, Tensor conditioning)
    {
        // What nobody needs any more is freed at once and its memory used again while it is in the cache; autograd keeps what it needs.
        using var scope = NewDisposeScope();
        var m = _norm.Parts(conditioning); // shift, scale, gate of attention; of feed-forward; of the second attention: [B, 1, D] each
        var normed = _norm.Apply(x, m[1], m[0]);
        Tensor[] c = _last ? [] : _contextNorm.Parts(conditioning);
        var contextNormed = _last ? _contextNorm.ApplyContinuous(context, conditioning) : _contextNorm.Apply(context, c[1], c[0]);

        var (image, text) = _attention.Forward(normed, contextNormed);
        var y = x + m[2] * image;
        if (_second is not null) y = y + m[8] * _second.Forward(_norm.Apply(x, m[7], m[6])); // the second attention sees x as it came in
        y = y + m[5] * _feed.Forward(_norm.Apply(y, m[4], m[3]));
        y.MoveToOuterDisposeScope();
        if (_contextFeed is null) return [y];

        context = context + c[2] * text!;
        return [y, (context + c[5] * _contextFeed.Forward(_contextNorm.Apply(context, c[4], c[3]))).MoveToOuterDisposeScope()];
    }
}
