using PortraitGen.Gpu.Models.Layers;
using static TorchSharp.torch;

namespace PortraitGen.Gpu.Models.Clip;

/// <summary>One pre-norm transformer layer with causal attention. [B, L, D] to [B, L, D].</summary>
internal sealed class ClipLayer
{
    private readonly int _heads, _headDim;
    private readonly bool _quick;
    private readonly LayerNorm _norm1, _norm2;
    private readonly Linear _q, _k, _v, _out, _up, _down;

    public ClipLayer(Weights weights, string path, ClipTextConfig config)
    {
        int width = config.HiddenSize;
        (_heads, _headDim, _quick) = (config.NumAttentionHeads, width / config.NumAttentionHeads, config.HiddenAct == "quick_gelu");
        _norm1 = new(weights, path + ".layer_norm1", width, config.LayerNormEps);
        _q = weights.Linear(path + ".self_attn.q_proj", width, width);
        _k = weights.Linear(path + ".self_attn.k_proj", width, width);
        _v = weights.Linear(path + ".self_attn.v_proj", width, width);
        _out = weights.Linear(path + ".self_attn.out_proj", width, width);
        _norm2 = new(weights, path + ".layer_norm2", width, config.LayerNormEps);
        _up = weights.Linear(path + ".mlp.fc1", width, config.IntermediateSize);
        _down = weights.Linear(path + ".mlp.fc2", config.IntermediateSize, width);
    }

    public Tensor Forward(Tensor x)
    {
        var normed = _norm1.Forward(x);
        var mixed = nn.functional.scaled_dot_product_attention(Heads(_q, normed), Heads(_k, normed), Heads(_v, normed), is_casual: true); // [B, H, L, d]
        x = x + _out.Forward(mixed.transpose(1, 2).flatten(2)); // [B, L, D]
        var wide = _up.Forward(_norm2.Forward(x));              // [B, L, I]
        return x + _down.Forward(_quick ? wide * sigmoid(1.702 * wide) : nn.functional.gelu(wide));
    }

    private Tensor Heads(Linear project, Tensor x) =>
        project.Forward(x).view(x.shape[0], x.shape[1], _heads, _headDim).transpose(1, 2); // [B, H, L, d]
}
