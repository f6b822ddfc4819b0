using PortraitGen.Domain.Maths;
using PortraitGen.Domain.Rewards;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn.functional;

namespace PortraitGen.Gpu.Rewards;

/// <summary>Puts a known flaw on portraits: the labelled negatives that both rewards learn from.</summary>
public static class Corruptions
{
    /// <summary>The flaws that can be put on an image.</summary>
    public static IReadOnlyList<ImageLabel> All { get; } =
        [ImageLabel.OverSmoothed, ImageLabel.Oily, ImageLabel.OverSaturated, ImageLabel.Mirrored, ImageLabel.Blurred, ImageLabel.Grid, ImageLabel.Noisy];

    /// <param name="x">One image in [-1, 1], [1, 3, H, W].</param>
    /// <param name="flaw">Which flaw.</param>
    /// <param name="draws">Strength, phase and noise come from here.</param>
    public static Tensor Apply(Tensor x, ImageLabel flaw, CounterRng draws)
    {
        double t = 0.4 + 0.6 * draws.Uniform(0); // strength
        return (flaw switch
        {
            ImageLabel.OverSmoothed => Smooth(x, t),
            ImageLabel.Oily => Oily(x, t),
            ImageLabel.OverSaturated => x.mean([1], keepdim: true) + (x - x.mean([1], keepdim: true)) * (1 + 0.8 * t),
            ImageLabel.Mirrored => Mirror(x, draws.Uniform(1) < 0.5),
            ImageLabel.Blurred => Box(x, 5) * t + Box(x, 3) * (1 - t),
            ImageLabel.Grid => x + Grid(x, draws) * (0.06 + 0.12 * t),
            ImageLabel.Noisy => x + Tensors.Noise.Normal(draws, x.shape) * (0.1 + 0.25 * t),
            _ => throw new ArgumentOutOfRangeException(nameof(flaw), $"{flaw} is no corruption."),
        }).clamp(-1, 1);
    }

    /// <summary>Skin without texture: strong smoothing where the picture is nearly flat, edges kept.</summary>
    private static Tensor Smooth(Tensor x, double t)
    {
        var soft = Box(Box(x, 5), 5);
        var keep = ((x - soft).abs().mean([1], keepdim: true) * 8).clamp(0, 1); // 1 at edges
        return x * (1 - t) + (x * keep + soft * (1 - keep)) * t;
    }

    /// <summary>Specular sheen: what is bright in the neighbourhood's light gets whiter.</summary>
    private static Tensor Oily(Tensor x, double t)
    {
        var light = Box(x.mean([1], keepdim: true), 5);
        var shine = ((light - light.mean() - 0.15) * 3).clamp(0, 1);
        return Smooth(x, 0.7) + shine * shine * (0.9 * t);
    }

    private static Tensor Mirror(Tensor x, bool left)
    {
        long half = x.shape[3] / 2;
        var side = left ? x.narrow(3, 0, half) : x.narrow(3, half, half).flip(3); // [1,3,H,W/2]
        return cat([side, side.flip(3)], 3);
    }

    /// <summary>A regular pattern at the period of latent cells or patches: how policies hack detectors.</summary>
    private static Tensor Grid(Tensor x, CounterRng draws)
    {
        long period = draws.Below(2, 3) switch { 0 => 2, 1 => 4, _ => 8 };
        var row = (arange(x.shape[2]).to(float32) * (2 * Math.PI / period) + Phase(3)).cos().reshape(1, 1, -1, 1);
        var column = (arange(x.shape[3]).to(float32) * (2 * Math.PI / period) + Phase(4)).cos().reshape(1, 1, 1, -1);
        return draws.Uniform(5) < 0.5 ? row * column : row + column;

        // Whole pixels: at period 2 any other phase dims the pattern, at a quarter turn to nothing.
        double Phase(int position) => 2 * Math.PI / period * draws.Below(position, (int)period);
    }

    private static Tensor Box(Tensor x, long size) => avg_pool2d(pad(x, [size / 2, size / 2, size / 2, size / 2], PaddingModes.Replicate), size, 1);
}
