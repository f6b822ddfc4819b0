using PortraitGen.Domain.Maths;
using PortraitGen.Gpu.Sampling;
using TorchSharp;
using static TorchSharp.torch;

namespace PortraitGen.Gpu.Tests.Sampling;

/// <summary>The tensor code against the scalar code in double.</summary>
public sealed class KernelOpsTests
{
    [Theory]
    [InlineData(KernelKind.FlowSde, 1.0, 0.9), InlineData(KernelKind.FlowSde, 0.3, 0.2), InlineData(KernelKind.Cps, 0.9, 0.8), InlineData(KernelKind.Cps, 0.2, 0.1), InlineData(KernelKind.DanceSde, 0.5, 0.4)]
    public void Mean_log_probability_ratio_and_KL_are_those_of_the_scalar_code(KernelKind kind, double s, double next)
    {
        using var scope = NewDisposeScope();
        using var noise = new Noise(1);
        long[] shape = [3, 4, 8, 8];
        Tensor x = noise.Of(shape), vOld = noise.Of(shape), z = noise.Of(shape), v = vOld + noise.Of(shape) * 0.03;
        var step = KernelStep.For(kind, 0.7, s, next, 0.9);
        Tensor mean = KernelOps.Mean(step, x, v), drawn = KernelOps.Mean(step, x, vOld) + z * step.Std;
        Tensor logProb = KernelOps.LogProb(drawn, mean, step.Std), logRatio = KernelOps.LogRatio(step, z, vOld, v), kl = KernelOps.Kl(step, v, vOld);
        for (int b = 0; b < 3; b++)
        {
            double[] Row(Tensor t) => t[b].to(ScalarType.Float64).flatten().data<double>().ToArray();
            double[] mu = [.. Row(x).Zip(Row(v), step.Mean)], muOld = [.. Row(x).Zip(Row(vOld), step.Mean)];
            double[] means = Row(mean);
            for (int i = 0; i < mu.Length; i++) Assert.Equal(mu[i], means[i], 1e-6);
            Assert.Equal(GaussianRatio.LogProb(Row(drawn), mu, step.Std), logProb[b].item<float>(), 2e-6);
            double ratio = GaussianRatio.LogRatio(Row(z), muOld, mu, step.Std);
            Assert.Equal(ratio, logRatio[b].item<float>(), 1e-7 + 1e-5 * Math.Abs(ratio));
            Assert.True(Math.Abs(ratio) > 1e-6, "a ratio that is 0 would test nothing");
            double divergence = GaussianRatio.Kl(Row(v), Row(vOld), step);
            Assert.Equal(divergence, kl[b].item<float>(), 1e-5 * divergence);
        }
    }

    /// <summary>Clips go down to 4e-6: two fp32 log-probabilities of about 1 differ by rounding alone at 1e-7.</summary>
    [Fact]
    public void A_tiny_ratio_survives_fp32()
    {
        using var scope = NewDisposeScope();
        using var noise = new Noise(2);
        long[] shape = [1, 4, 16, 16];
        Tensor vOld = noise.Of(shape), z = noise.Of(shape), v = vOld + noise.Of(shape) * 1e-4;
        var step = KernelStep.For(KernelKind.FlowSde, 0.9, 0.8, 0.7, 0.9);
        double[] Row(Tensor t) => t.to(ScalarType.Float64).flatten().data<double>().ToArray();
        double exact = GaussianRatio.LogRatio(Row(z), [.. Row(vOld).Select(u => step.Mean(0, u))], [.. Row(v).Select(u => step.Mean(0, u))], step.Std);
        Assert.InRange(Math.Abs(exact), 1e-9, 1e-4);
        Assert.Equal(exact, KernelOps.LogRatio(step, z, vOld, v).item<float>(), 1e-3 * Math.Abs(exact) + 1e-10);
    }
}
