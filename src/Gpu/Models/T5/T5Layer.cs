using PortraitGen.Gpu.Models.Layers;
using TorchSharp.Modules;
using static TorchSharp.torch;
using Linear = PortraitGen.Gpu.Models.Layers.Linear;

namespace PortraitGen.Gpu.Models.T5;

/// <summary>One pre-norm layer: attention without scaling, then a gated feed-forward. [B, L, D] to [B, L, D].</summary>
internal sealed class T5Layer
{
    private readonly int _heads, _headDim;
    private readonly RmsNorm _norm, _feedNorm;
    private readonly Linear _q, _k, _v, _out, _gate, _up, _down;

    public T5Layer(Weights weights, T5Config config, int index)
    {
        string attention = $"encoder.block.{index}.layer.0", feed = $"encoder.block.{index}.layer.1";
        (_heads, _headDim) = (config.NumHeads, config.DKv);
        long inner = (long)_heads * _headDim;
        _q = weights.Linear(attention + ".SelfAttention.q", config.DModel, inner, bias: false);
        _k = weights.Linear(attention + ".SelfAttention.k", config.DModel, inner, bias: false);
        _v = weights.Linear(attention + ".SelfAttention.v", config.DModel, inner, bias: false);
        _out = weights.Linear(attention + ".SelfAttention.o", inner, config.DModel, bias: false);
        _norm = new(weights, attention + ".layer_norm", config.DModel, config.LayerNormEpsilon);
        _gate = weights.Linear(feed + ".DenseReluDense.wi_0", config.DModel, config.DFf, bias: false);
        _up = weights.Linear(feed + ".DenseReluDense.wi_1", config.DModel, config.DFf, bias: false);
        _down = weights.Linear(feed + ".DenseReluDense.wo", config.DFf, config.DModel, bias: false);
        _feedNorm = new(weights, feed + ".layer_norm", config.DModel, config.LayerNormEpsilon);
    }

    /// <param name="x">[B, L, D].</param>
    /// <param name="bias">Added to the scores, [1, H, L, L].</param>
    public Tensor Forward(Tensor x, Tensor bias)
    {
        var normed = _norm.Forward(x);
        var scores = Heads(_q, normed).matmul(Heads(_k, normed).transpose(2, 3)) + bias;                   // [B, H, L, L]
        var mixed = nn.functional.softmax(scores.Widen(), -1).to(x.dtype).matmul(Heads(_v, normed)); // [B, H, L, d]
        x = x + _out.Forward(mixed.transpose(1, 2).flatten(2));                                            // [B, L, D]
        normed = _feedNorm.Forward(x);
        return x + _down.Forward(nn.functional.gelu(_gate.Forward(normed), GELU.Approximate.tanh) * _up.Forward(normed));
    }

    private Tensor Heads(Linear project, Tensor x) =>
        project.Forward(x).view(x.shape[0], x.shape[1], _heads, _headDim).transpose(1, 2); // [B, H, L, d]
}
