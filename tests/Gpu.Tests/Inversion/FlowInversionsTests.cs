using PortraitGen.Domain.Campaigns;
using PortraitGen.Domain.Inversion;
using PortraitGen.Domain.Maths;
using PortraitGen.Gpu.Inversion;
using PortraitGen.Gpu.Tests.Sampling;
using TorchSharp;
using static TorchSharp.torch;

namespace PortraitGen.Gpu.Tests.Inversion;

public sealed class FlowInversionsTests : IDisposable
{
    private readonly TinyPolicy _tiny = new(61);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _tiny.Dispose();

    [Theory]
    [InlineData(ExemplarMethod.Euler), InlineData(ExemplarMethod.FixedPoint), InlineData(ExemplarMethod.Fireflow)]
    public void The_tensor_paths_are_the_scalar_paths(ExemplarMethod method)
    {
        using var scope = NewDisposeScope();
        using var noise = new Noise(1);
        var x0 = noise.Of(2, 4, 2, 2);
        double[] grid = SigmaGrid.Uniform(7, 2);
        var states = InversionMethod.Of(method).Invert((x, s) => sin(x * 1.3) * 0.7 + s, x0, grid, Cancel);
        Func<double, double, double> velocity = (x, s) => Math.Sin(x * 1.3) * 0.7 + s;
        double[] starts = x0.to(ScalarType.Float64).flatten().data<double>().ToArray();
        for (int e = 0; e < starts.Length; e++)
        {
            double[] expected = method switch
            {
                ExemplarMethod.Euler => FlowInversion.Euler(velocity, starts[e], grid),
                ExemplarMethod.Fireflow => FlowInversion.Fireflow(velocity, starts[e], grid),
                _ => FlowInversion.FixedPoint(velocity, starts[e], grid, InversionCost.FixedPointIterations),
            };
            for (int i = 0; i < grid.Length; i++) Assert.Equal(expected[i], states[i].flatten()[e].item<float>(), 5e-6 * (1 + Math.Abs(expected[i])));
        }
    }

    [Fact]
    public void Of_all_methods_BELM_comes_back_best_and_Euler_worst()
    {
        using var scope = NewDisposeScope();
        using var noise = new Noise(2);
        var x0 = noise.Of(2, 4, 8, 8);
        double[] grid = SigmaGrid.Uniform(10, 1);
        int evaluations = 0;
        Tensor Velocity(Tensor x, double s)
        {
            evaluations++;
            return _tiny.Policy.Conditional(x, s, _tiny.Prompts);
        }
        double Decibels(ExemplarMethod of)
        {
            var method = InversionMethod.Of(of);
            evaluations = 0;
            var states = method.Invert(Velocity, x0, grid, Cancel);
            Assert.Equal(InversionCost.Evaluations(of, 10), evaluations);
            var health = InversionHealth.Of(method, Velocity, states, grid, new SamplerSpec(), Cancel);
            Assert.Equal([2], health.NoiseNorm.shape);
            Assert.Equal([9, 2], health.Z2.shape);
            TestContext.Current.SendDiagnosticMessage($"{of}: {health.ReplayDb.mean().item<float>():F1} dB, noise {health.NoiseNorm.mean().item<float>():F2}, z^2 {string.Join(' ', health.Z2.mean([1]).data<float>().ToArray().Select(z => z.ToString("F2")))}");
            // A noiseless path under a noisy kernel: far inside the typical set, whose mean z^2 is 1.
            Assert.InRange(health.Z2.mean().item<float>(), 0.001, 0.95);
            return health.ReplayDb.mean().item<float>();
        }

        double belm = Decibels(ExemplarMethod.Belm), euler = Decibels(ExemplarMethod.Euler), point = Decibels(ExemplarMethod.FixedPoint), fireflow = Decibels(ExemplarMethod.Fireflow);
        Assert.True(belm > 100, $"BELM comes back at {belm:F1} dB");
        Assert.True(point > euler + 10 && fireflow > euler + 3, $"Euler {euler:F1}, fixed point {point:F1}, FireFlow {fireflow:F1} dB");
        Assert.Throws<ArgumentOutOfRangeException>(() => InversionMethod.Of(ExemplarMethod.Fresh));
    }
}
