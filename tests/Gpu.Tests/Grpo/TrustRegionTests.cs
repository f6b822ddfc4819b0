using PortraitGen.Domain.Campaigns;
using PortraitGen.Domain.Grpo;
using PortraitGen.Domain.Maths;
using PortraitGen.Gpu.Grpo;
using PortraitGen.Gpu.Sampling;
using TorchSharp;
using static TorchSharp.torch;

namespace PortraitGen.Gpu.Tests.Grpo;

/// <summary>Ratios, masks and distances as tensors against the scalar code in double: value and slope.</summary>
public sealed class TrustRegionTests
{
    private static readonly float[] LogRatios = [0.02f, -0.02f, 0.02f, -0.02f, 0.001f], Advantages = [1, -1, -1, 1, 2], Divergences = [2e-5f, 2e-5f, 2e-5f, 5e-6f, 5e-6f];

    [Fact]
    public void The_mask_is_the_scalar_one_in_value_and_slope()
    {
        using var scope = NewDisposeScope();
        var logRatio = tensor(LogRatios).requires_grad_();
        Tensor advantage = tensor(Advantages), divergence = tensor(Divergences);
        var loss = Surrogate.Dppo(logRatio, advantage, divergence, 1e-5);
        loss.backward();
        double Scalar(int i, double shift) => PolicyLoss.Dppo(LogRatios[i] + shift, Advantages[i], Divergences[i], 1e-5);
        Assert.Equal(Enumerable.Range(0, 5).Sum(i => Scalar(i, 0)), loss.item<float>(), 1e-6);
        float[] slopes = logRatio.grad!.data<float>().ToArray();
        for (int i = 0; i < 5; i++) Assert.Equal((Scalar(i, 1e-6) - Scalar(i, -1e-6)) / 2e-6, slopes[i], 1e-5);
        Assert.Equal([0, 0], slopes[..2]); // diverged and moving on
        Assert.Equal(0.4, Surrogate.MaskFraction(logRatio, advantage, divergence, 1e-5), 6);
    }

    [Theory]
    [InlineData(RatioKind.Gaussian), InlineData(RatioKind.RatioNorm), InlineData(RatioKind.CpsCode)]
    public void Every_ratio_is_the_scalar_one_in_value_and_slope(RatioKind kind)
    {
        using var scope = NewDisposeScope();
        using var noise = new Noise(3);
        long[] shape = [2, 2, 3, 3];
        Tensor x = noise.Of(shape), vOld = noise.Of(shape), z = noise.Of(shape), v = (vOld + noise.Of(shape) * 0.03).detach().requires_grad_();
        var step = KernelStep.For(KernelKind.Cps, 0.8, 0.7, 0.6, 0.9);
        var ratio = KernelOps.Ratio(kind, step, z, vOld, v);
        ratio.sum().backward();
        for (int b = 0; b < 2; b++)
        {
            double[] Row(Tensor t) => t[b].detach().to(ScalarType.Float64).flatten().data<double>().ToArray();
            double Scalar(double shift)
            {
                double[] moved = Row(v), old = [.. Row(x).Zip(Row(vOld), step.Mean)];
                moved[4] += shift;
                double[] mu = [.. Row(x).Zip(moved, step.Mean)];
                return kind switch
                {
                    RatioKind.RatioNorm => GaussianRatio.RatioNorm(Row(z), old, mu),
                    RatioKind.CpsCode => GaussianRatio.CpsCode(Row(z), old, mu, step.Std),
                    _ => GaussianRatio.LogRatio(Row(z), old, mu, step.Std),
                };
            }
            Assert.Equal(Scalar(0), ratio[b].item<float>(), 1e-7 + 1e-4 * Math.Abs(Scalar(0)));
            double slope = (Scalar(1e-5) - Scalar(-1e-5)) / 2e-5;
            Assert.Equal(slope, v.grad![b].flatten()[4].item<float>(), 1e-4 * Math.Abs(slope) + 1e-6);
        }
    }

    [Fact]
    public void Flow_GRPOs_distance_is_the_true_one_times_the_steps_length_and_the_velocity_one_has_no_weight()
    {
        using var scope = NewDisposeScope();
        using var noise = new Noise(4);
        Tensor v = noise.Of(1, 2, 3, 3), reference = noise.Of(1, 2, 3, 3);
        const double s = 0.5, next = 0.4, a = 0.7;
        var step = KernelStep.For(KernelKind.FlowSde, a, s, next, 0.9);
        double[] Row(Tensor t) => t.to(ScalarType.Float64).flatten().data<double>().ToArray();
        double[] mu = [.. Row(v).Select(u => step.Mean(0, u))], muReference = [.. Row(reference).Select(u => step.Mean(0, u))];
        double square = mu.Zip(muReference, (p, q) => (p - q) * (p - q)).Average(), q = a * a * s / (1 - s);

        Assert.Equal(square / (2 * q * (s - next)), KernelOps.Distance(KlKind.Kernel, step, s - next, v, reference).item<float>(), 1e-5);
        Assert.Equal(square / (2 * q), KernelOps.Distance(KlKind.FlowGrpo, step, s - next, v, reference).item<float>(), 1e-6); // its code: 2 std_dev_t^2, std_dev_t = sqrt(q)
        Assert.Equal(GaussianRatio.VelocityKl(Row(v), Row(reference)), KernelOps.Distance(KlKind.Velocity, step, s - next, v, reference).item<float>(), 1e-5);
    }

    [Fact]
    public void NFT_as_a_tensor_is_the_scalar_one()
    {
        using var scope = NewDisposeScope();
        using var noise = new Noise(5);
        long[] shape = [3, 2, 3, 3];
        Tensor v = noise.Of(shape), old = noise.Of(shape), x = noise.Of(shape), x0 = noise.Of(shape);
        double[] sigma = [0.1, 0.5, 0.9], advantage = [5, -0.4, -7];
        var loss = NegativeAwareObjective.Loss(v, old, x, x0, tensor(sigma).to(ScalarType.Float32), 0.6, tensor(advantage).to(ScalarType.Float32));
        for (int b = 0; b < 3; b++)
        {
            double[] Row(Tensor t) => t[b].to(ScalarType.Float64).flatten().data<double>().ToArray();
            double expected = PolicyLoss.Nft(Row(v), Row(old), Row(x), Row(x0), sigma[b], 0.6, advantage[b]);
            Assert.Equal(expected, loss[b].item<float>(), 1e-5 * expected);
        }
    }
}
