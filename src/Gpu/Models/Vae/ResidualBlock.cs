using PortraitGen.Gpu.Models.Layers;
using static TorchSharp.torch;

namespace PortraitGen.Gpu.Models.Vae;

/// <summary>Two normed convolutions and a way past them. [B, C, H, W] to [B, C', H, W].</summary>
internal sealed class ResidualBlock(Weights weights, string path, VaeConfig config, long inputs, long outputs)
{
    private readonly GroupNorm _norm1 = new(weights, path + ".norm1", config.NormNumGroups, inputs, 1e-6);
    private readonly Conv2d _conv1 = new(weights, path + ".conv1", inputs, outputs, 3, padding: 1);
    private readonly GroupNorm _norm2 = new(weights, path + ".norm2", config.NormNumGroups, outputs, 1e-6);
    private readonly Conv2d _conv2 = new(weights, path + ".conv2", outputs, outputs, 3, padding: 1);
    private readonly Conv2d? _shortcut = inputs == outputs ? null : new(weights, path + ".conv_shortcut", inputs, outputs, 1);

    public Tensor Forward(Tensor x) => Block.Run(false, inputs => [Run(inputs[0])], x)[0];

    private Tensor Run(Tensor x)
    {
        var y = _conv1.Forward(nn.functional.silu(_norm1.Forward(x)));
        y = _conv2.Forward(nn.functional.silu(_norm2.Forward(y)));
        return y + (_shortcut?.Forward(x) ?? x);
    }
}
