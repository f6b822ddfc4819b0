using System.Text.Json.Nodes;
using PortraitGen.Domain.Campaigns;
using PortraitGen.Domain.Maths;
using PortraitGen.Gpu.Sampling;
using static TorchSharp.torch;

namespace PortraitGen.Gpu.Inversion;

/// <summary>How healthy inverted paths are, each by itself. All fp32.</summary>
/// <param name="NoiseNorm">[K] mean square of the inverted noise: 1 for true noise.</param>
/// <param name="ReplayDb">[K] the latent's power over the error of its round trip, in dB.</param>
/// <param name="Z2">[steps - 1, K] mean z^2 of each step as the kernel scores it, the last one without noise left out; empty without a kernel.</param>
public sealed record InversionHealth(Tensor NoiseNorm, Tensor ReplayDb, Tensor Z2)
{
    /// <summary>Measures paths: one replay, and for <paramref name="kernel"/> one more evaluation of each scored step.</summary>
    public static InversionHealth Of(InversionMethod method, VelocityField velocity, IReadOnlyList<Tensor> states, IReadOnlyList<double> grid, SamplerSpec? kernel, CancellationToken cancel)
    {
        using var off = no_grad();
        var again = method.Replay(velocity, states, grid, cancel);
        Tensor Power(Tensor x) => x.square().flatten(1).mean([1]);                                                 // [K]
        var decibels = (Power(states[^1]) / Power(again - states[^1]).clamp_min(1e-20)).log10() * 10;              // [K]
        return new(Power(states[0]), decibels, kernel is null or { Kernel: KernelKind.Ode } ? zeros(0) : Scored(velocity, states, grid, kernel, cancel));
    }

    /// <summary>As tensors to be stored beside the paths.</summary>
    public IEnumerable<(string Name, Tensor Value)> Tensors() => [("health.noiseNorm", NoiseNorm), ("health.replayDb", ReplayDb), ("health.z2", Z2)];

    /// <summary>Means over the paths.</summary>
    public JsonObject Means()
    {
        var means = new JsonObject { ["noiseNorm"] = NoiseNorm.mean().item<float>(), ["replayDb"] = ReplayDb.mean().item<float>() };
        if (Z2.numel() > 0) means["z2"] = new JsonArray([.. Z2.mean([1]).data<float>().ToArray().Select(z => (JsonNode)z)]);
        return means;
    }

    private static Tensor Scored(VelocityField velocity, IReadOnlyList<Tensor> states, IReadOnlyList<double> grid, SamplerSpec kernel, CancellationToken cancel)
    {
        var each = new List<Tensor>();
        for (int i = 0; i < grid.Count - 2; i++)
        {
            cancel.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            var step = KernelStep.For(kernel.Kernel, kernel.Noise, grid[i], grid[i + 1], grid[1]);
            var z = (states[i + 1] - KernelOps.Mean(step, states[i], velocity(states[i], grid[i]))) / step.Std;    // [K,C,h,w]
            each.Add(z.square().flatten(1).mean([1]).MoveToOuterDisposeScope());                                   // [K]
        }
        return stack(each);                                                                                        // [steps-1,K]
    }
}
