using TorchSharp.Modules;
using static TorchSharp.torch;

namespace PortraitGen.Gpu.Models.Layers;

/// <summary>Layer norm over the last axis, with scale and shift.</summary>
internal sealed class LayerNorm(Weights weights, string path, long width, double eps)
{
    private readonly long[] _shape = [width];
    private readonly Parameter _scale = weights.Claim(path + ".weight", width), _shift = weights.Claim(path + ".bias", width);

    public Tensor Forward(Tensor x) => nn.functional.layer_norm(x, _shape, _scale, _shift, eps);
}

/// <summary>Group norm over the channels of [B, C, ...].</summary>
internal sealed class GroupNorm(Weights weights, string path, long groups, long channels, double eps)
{
    private readonly Parameter _scale = weights.Claim(path + ".weight", channels), _shift = weights.Claim(path + ".bias", channels);

    public Tensor Forward(Tensor x) => nn.functional.group_norm(x, groups, _scale, _shift, eps);
}

/// <summary>x / rms(x) * w over the last axis; the mean square is taken in fp32 at least.</summary>
internal sealed class RmsNorm(Weights weights, string path, long width, double eps)
{
    private readonly Parameter _scale = weights.Claim(path + ".weight", width);

    public Tensor Forward(Tensor x)
    {
        var wide = x.Widen();
        var inverse = (wide.square().mean([-1], keepdim: true) + eps).rsqrt(); // [..., 1]
        return (x * inverse).to(_scale.dtype) * _scale;
    }
}
