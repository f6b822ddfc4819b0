using System.Globalization;
using PortraitGen.Domain.Maths;
using PortraitGen.Gpu.Sampling;
using PortraitGen.Gpu.Tensors;
using TorchSharp;
using static TorchSharp.torch;

namespace PortraitGen.Gpu.Tests.Sampling;

/// <summary>Flow-GRPO's step, run by its reference: <c>i.std</c> is its std_dev_t, without the square root of the step's length; the noise level a is what the data say.</summary>
public sealed class KernelGoldenTests
{
    /// <summary>The last part of <c>i.logp_v101</c>: the same draw's log-probability under velocities 1.01 times as large.</summary>
    private const double Louder = 1.01;

    public static TheoryData<string> Files => Goldens.Files("flowgrpo_sde");

    [Theory, MemberData(nameof(Files))]
    public void Every_step_of_the_reference_is_ours(string name)
    {
        using var scope = NewDisposeScope();
        using var golden = Goldens.Open(name);
        float[] sigmas = golden.Read("sigmas").data<float>().ToArray();
        GoldenTensors.AssertClose(golden.Read("timesteps") / 1000, golden.Read("sigmas").narrow(0, 0, sigmas.Length - 1), 1e-6, "timesteps");
        double a = NoiseLevel(golden, sigmas);
        Assert.All(Enumerable.Range(0, sigmas.Length - 1), i =>
        {
            string at = i.ToString(CultureInfo.InvariantCulture);
            Tensor x = golden.Read(at + ".x"), v = golden.Read(at + ".v"), drawn = golden.Read(at + ".prev"), mean = golden.Read(at + ".mean"), logProb = golden.Read(at + ".logp");
            var step = KernelStep.For(KernelKind.FlowSde, a, sigmas[i], sigmas[i + 1], sigmas[1]);
            double root = Math.Sqrt(sigmas[i] - (double)sigmas[i + 1]);
            Assert.All(golden.Read(at + ".std").data<float>().ToArray(), std => Assert.Equal(std, step.Std / root, 1e-5 * std));
            GoldenTensors.AssertClose(mean, KernelOps.Mean(step, x, v), 1e-5, at + " mean");
            GoldenTensors.AssertClose(logProb, KernelOps.LogProb(drawn, KernelOps.Mean(step, x, v), step.Std), 1e-4, at + " log-probability");

            var ratio = KernelOps.LogRatio(step, (drawn - mean) / step.Std, v, v * Louder);
            GoldenTensors.AssertClose(golden.Read(at + ".logp_v101") - logProb, ratio, 1e-4, at + " ratio");
            Assert.Equal(0, KernelOps.LogRatio(step, (drawn - mean) / step.Std, v, v).abs().max().item<float>());

            // The same numbers once more by the scalar code in double.
            double[] Doubles(Tensor t) => t[0].to(ScalarType.Float64).flatten().data<double>().ToArray();
            double[] mu = [.. Doubles(x).Zip(Doubles(v), step.Mean)];
            Assert.Equal(logProb[0].item<float>(), GaussianRatio.LogProb(Doubles(drawn), mu, step.Std), 1e-4);
        });
    }

    /// <summary>a from the first step's std: a sqrt(1 / (1 - sigma_1)); every other step must then agree.</summary>
    private static double NoiseLevel(SafetensorsFile golden, float[] sigmas) =>
        Math.Round(golden.Read("0.std").flatten()[0].item<float>() * Math.Sqrt(1 - sigmas[1]), 4);
}
