using TorchSharp.Modules;
using static TorchSharp.torch;

namespace PortraitGen.Gpu.Models.Layers;

/// <summary>Convolution over [B, C, H, W] with a bias.</summary>
internal sealed class Conv2d(Weights weights, string path, long inputs, long outputs, long kernel, long stride = 1, long padding = 0)
{
    private readonly Parameter _weight = weights.Claim(path + ".weight", outputs, inputs, kernel, kernel), _bias = weights.Claim(path + ".bias", outputs);
    private readonly long[] _stride = [stride, stride], _padding = [padding, padding];

    public Tensor Forward(Tensor x) => nn.functional.conv2d(x, _weight, _bias, _stride, _padding);
}
