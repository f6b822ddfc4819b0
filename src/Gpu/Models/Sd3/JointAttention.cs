using PortraitGen.Gpu.Models.Layers;
using static TorchSharp.torch;

namespace PortraitGen.Gpu.Models.Sd3;

/// <summary>Attention of image tokens over themselves and, when joint, over the text tokens too.</summary>
internal sealed class JointAttention
{
    private readonly int _heads, _headDim;
    private readonly Linear _q, _k, _v, _out;
    private readonly Linear? _addQ, _addK, _addV, _addOut;
    private readonly RmsNorm? _normQ, _normK, _normAddedQ, _normAddedK;

    /// <param name="weights">Where the tensors come from.</param>
    /// <param name="path">Module path.</param>
    /// <param name="config">Heads and norms.</param>
    /// <param name="joint">Text tokens take part.</param>
    /// <param name="contextOut">Text tokens are read out too (not in the last block).</param>
    public JointAttention(Weights weights, string path, Sd3Config config, bool joint, bool contextOut)
    {
        (_heads, _headDim) = (config.NumAttentionHeads, config.AttentionHeadDim);
        (_q, _k, _v) = (Square("to_q"), Square("to_k"), Square("to_v"));
        if (joint) (_addQ, _addK, _addV) = (Square("add_q_proj"), Square("add_k_proj"), Square("add_v_proj"));
        _out = Square("to_out.0");
        if (contextOut) _addOut = Square("to_add_out");
        if (config.QkNorm is null) return;
        (_normQ, _normK) = (Norm("norm_q"), Norm("norm_k"));
        if (joint) (_normAddedQ, _normAddedK) = (Norm("norm_added_q"), Norm("norm_added_k"));

        Linear Square(string name) => weights.Linear($"{path}.{name}", config.InnerDim, config.InnerDim);
        RmsNorm Norm(string name) => new(weights, $"{path}.{name}", config.AttentionHeadDim, 1e-6);
    }

    /// <summary>Image tokens alone: [B, T, D] to [B, T, D].</summary>
    public Tensor Forward(Tensor x)
    {
        var mixed = nn.functional.scaled_dot_product_attention(Heads(_q, x, _normQ), Heads(_k, x, _normK), Heads(_v, x, null)); // [B, H, T, d]
        return _out.Forward(Join(mixed));
    }

    /// <summary>Both streams. x: [B, T, D]; context: [B, L, D]. The context is null where it is not read out.</summary>
    public (Tensor X, Tensor? Context) Forward(Tensor x, Tensor context)
    {
        using var scope = NewDisposeScope();
        long tokens = x.shape[1];
        var q = cat([Heads(_q, x, _normQ), Heads(_addQ!, context, _normAddedQ)], 2); // [B, H, T+L, d]
        var k = cat([Heads(_k, x, _normK), Heads(_addK!, context, _normAddedK)], 2); // [B, H, T+L, d]
        var v = cat([Heads(_v, x, null), Heads(_addV!, context, null)], 2);          // [B, H, T+L, d]
        var mixed = Join(nn.functional.scaled_dot_product_attention(q, k, v));       // [B, T+L, D]
        var image = _out.Forward(mixed.narrow(1, 0, tokens));                        // [B, T, D]
        var text = _addOut?.Forward(mixed.narrow(1, tokens, context.shape[1]));      // [B, L, D]
        return (image.MoveToOuterDisposeScope(), text?.MoveToOuterDisposeScope());
    }

    private Tensor Heads(Linear project, Tensor x, RmsNorm? norm)
    {
        var heads = project.Forward(x).view(x.shape[0], x.shape[1], _heads, _headDim).transpose(1, 2); // [B, H, T, d]
        return norm is null ? heads : norm.Forward(heads);
    }

    private static Tensor Join(Tensor heads) => heads.transpose(1, 2).flatten(2); // [B, T, D]
}
