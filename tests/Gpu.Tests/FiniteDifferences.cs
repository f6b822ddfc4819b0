using PortraitGen.Gpu.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace PortraitGen.Gpu.Tests;

/// <summary>An oracle for gradients where no reference has them: the model's double twin against central differences, the model against its twin.</summary>
internal static class FiniteDifferences
{
    private const double Step = 1e-5;

    /// <param name="single">Weights of the fp32 model.</param>
    /// <param name="output">Its output.</param>
    /// <param name="twin">The same weights in double.</param>
    /// <param name="twinOutput">The twin's output.</param>
    public static void Assert(Weights single, Func<Tensor> output, Weights twin, Func<Tensor> twinOutput)
    {
        using var noise = new Noise(77);
        var seed = noise.Of(output().shape);
        single.RequireGrad(true);
        twin.RequireGrad(true);
        output().backward([seed]);
        twinOutput().backward([seed.to(ScalarType.Float64)]);

        using var quiet = no_grad();
        double worst = 0;
        foreach (var (name, value) in twin.Parameters)
        {
            using var scope = NewDisposeScope();
            var direction = noise.Of(value.shape).to(ScalarType.Float64);
            double expected = (value.grad! * direction).sum().item<double>();
            value.add_(direction, alpha: Step);
            double above = (twinOutput() * seed).sum().item<double>();
            value.add_(direction, alpha: -2 * Step);
            double below = (twinOutput() * seed).sum().item<double>();
            value.add_(direction, alpha: Step);
            // The rounding of two sums of about 1e2, over 2e-5, is 1e-9 whatever the gradient is (a key's bias has none at all): hence the absolute part.
            double scale = value.grad!.norm().item<double>() * direction.norm().item<double>() + 1e-3, off = Math.Abs((above - below) / (2 * Step) - expected) / scale;
            worst = Math.Max(worst, off);
            Xunit.Assert.True(off <= 1e-5, $"{name}: the double gradient says {expected:E3}, differences say {(above - below) / (2 * Step):E3}");
        }

        TestContext.Current.TestOutputHelper?.WriteLine($"double twin against differences: worst {worst:E2} of the scale, allowed 1E-05");
        // Where terms cancel (a key's bias moves no attention), what is left in fp32 is the rounding of the terms: a part of the largest gradient.
        double largest = twin.Parameters.Max(p => p.Value.grad!.abs().max().item<double>());
        GoldenTensors.AssertGradients(twin.Parameters.ToDictionary(p => p.Name, p => p.Value.grad!), single.Parameters, 1e-6 * (1 + largest));
    }
}
