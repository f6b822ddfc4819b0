using PortraitGen.Domain.Maths;
using PortraitGen.Gpu.Models;
using PortraitGen.Gpu.Models.Layers;
using PortraitGen.Gpu.Rewards;
using PortraitGen.Gpu.Tensors;
using TorchSharp;
using static TorchSharp.torch;

namespace PortraitGen.Gpu.Runtime;

/// <summary>Does this processor train rightly? A small network's gradients in float32 against float64, which takes other kernels.</summary>
/// <remarks>There are processors on which a library's fast kernels are wrong and nobody says so: training merely goes worse.</remarks>
public static class ArithmeticCheck
{
    /// <summary>More than this is no rounding. Sound kernels stay below 1e-4, wrong ones were off by 0.3 and more.</summary>
    public const double Bound = 1e-3;

    /// <summary>The largest difference of any gradient, relative to the largest entry of that gradient; NaN when one is not finite.</summary>
    public static double Gap()
    {
        using var scope = NewDisposeScope();
        var images = Noise.Normal(CounterRng.For(11, "arithmetic"), [2, 3, 32, 32]).clamp(-1, 1); // [2,3,32,32]
        var exact = Gradients(images, ScalarType.Float64);
        return Gradients(images, ScalarType.Float32).Zip(exact, (fast, twin) => ((fast - twin).abs().max() / twin.abs().max()).item<double>())
            .Aggregate(0.0, (worst, gap) => double.IsNaN(gap) || double.IsNaN(worst) ? double.NaN : Math.Max(worst, gap));
    }

    private static List<Tensor> Gradients(Tensor images, ScalarType type)
    {
        using var net = new RewardNet(new Weights((name, shape) => FreshTensor.Create(name, shape, Noise.Weights(11)), dtype: type));
        net.Weights.RequireGrad(true);
        var x = images.to(type).clone().requires_grad_(true);
        var (score, flaw) = net.Forward(x);
        (score.sum() + flaw.square().sum()).backward();
        return [.. net.Weights.Parameters.Select(p => p.Value).Append(x).Select(t => t.grad!.to(ScalarType.Float64))];
    }
}
