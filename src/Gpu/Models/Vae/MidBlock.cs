using PortraitGen.Gpu.Models.Layers;
using static TorchSharp.torch;

namespace PortraitGen.Gpu.Models.Vae;

/// <summary>The bottom: residual block, one-headed attention over all positions, residual block.</summary>
internal sealed class MidBlock
{
    private readonly ResidualBlock _first, _last;
    private readonly GroupNorm? _norm;
    private readonly Linear? _q, _k, _v, _out;

    public MidBlock(Weights weights, string path, VaeConfig config, long channels)
    {
        _first = new(weights, path + ".resnets.0", config, channels, channels);
        if (config.MidBlockAddAttention)
        {
            string attention = path + ".attentions.0";
            _norm = new(weights, attention + ".group_norm", config.NormNumGroups, channels, 1e-6);
            _q = weights.Linear(attention + ".to_q", channels, channels);
            _k = weights.Linear(attention + ".to_k", channels, channels);
            _v = weights.Linear(attention + ".to_v", channels, channels);
            _out = weights.Linear(attention + ".to_out.0", channels, channels);
        }

        _last = new(weights, path + ".resnets.1", config, channels, channels);
    }

    /// <summary>[B, C, H, W] to [B, C, H, W].</summary>
    public Tensor Forward(Tensor x)
    {
        x = _first.Forward(x);
        return _last.Forward(_norm is null ? x : x + Attend(_norm.Forward(x)));
    }

    private Tensor Attend(Tensor x)
    {
        var tokens = x.flatten(2).transpose(1, 2).unsqueeze(1); // [B, 1, HW, C]
        var mixed = nn.functional.scaled_dot_product_attention(_q!.Forward(tokens), _k!.Forward(tokens), _v!.Forward(tokens));
        return _out!.Forward(mixed).squeeze(1).transpose(1, 2).reshape(x.shape); // [B, C, H, W]
    }
}
