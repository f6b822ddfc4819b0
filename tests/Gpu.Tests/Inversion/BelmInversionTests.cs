using PortraitGen.Domain.Maths;
using PortraitGen.Gpu.Inversion;
using PortraitGen.Gpu.Tests.Sampling;
using TorchSharp;
using static TorchSharp.torch;

namespace PortraitGen.Gpu.Tests.Inversion;

public sealed class BelmInversionTests : IDisposable
{
    private readonly TinyPolicy _tiny = new(31);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _tiny.Dispose();

    private Tensor Velocity(Tensor x, double sigma) => _tiny.Policy.Conditional(x, sigma, _tiny.Prompts);

    [Theory]
    [InlineData(10, 1, 5e-6), InlineData(10, 3, 2e-4), InlineData(28, 1, 5e-6)] // seen: 3e-7, 2e-5, 2e-7
    public void A_latent_comes_back_from_its_inversion_to_rounding_level(int steps, double shift, double allowed)
    {
        using var scope = NewDisposeScope();
        using var noise = new Noise(1);
        var x0 = noise.Of(2, 4, 8, 8);
        double[] grid = SigmaGrid.Uniform(steps, shift);
        var states = BelmInversion.Invert(Velocity, x0, grid, Cancel);
        Assert.Equal(steps + 1, states.Length);
        Assert.Equal(0, GoldenTensors.Difference(states[^1], x0));
        var again = BelmInversion.Replay(Velocity, states, grid, Cancel);
        double error = GoldenTensors.Difference(again, x0), path = GoldenTensors.Difference(states[0], x0);
        TestContext.Current.SendDiagnosticMessage($"{steps} steps, shift {shift}: off by {error:E2} after a path of {path:F2}");
        Assert.InRange(error, 0, allowed);
        Assert.True(path > 0.5, "the path goes somewhere");
    }

    /// <summary>Each state by the scalar rule in double, with the model's velocity as given.</summary>
    [Fact]
    public void The_tensor_rule_is_the_scalar_rule()
    {
        using var scope = NewDisposeScope();
        using var noise = new Noise(2);
        using var off = no_grad();
        double[] grid = SigmaGrid.Uniform(6, 2);
        var states = BelmInversion.Invert(Velocity, noise.Of(2, 4, 8, 8), grid, Cancel);
        for (int i = 5; i > 0; i--)
        {
            var v = _tiny.Policy.Velocity(states[i], grid[i], _tiny.Prompts);
            double expected = Belm.At(grid[i - 1], grid[i], grid[i + 1]).Invert(states[i + 1][1, 2, 3, 4].item<float>(), states[i][1, 2, 3, 4].item<float>(), v[1, 2, 3, 4].item<float>());
            Assert.Equal(expected, states[i - 1][1, 2, 3, 4].item<float>(), 1e-5 * (1 + Math.Abs(expected)));
        }
    }
}
