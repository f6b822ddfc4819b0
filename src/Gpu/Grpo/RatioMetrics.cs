using System.Text.Json.Nodes;
using static TorchSharp.torch;

namespace PortraitGen.Gpu.Grpo;

/// <summary>What to watch of a slice's ratios: is it learning, is it clipped, has it left the policy that sampled?</summary>
public sealed class RatioMetrics
{
    private readonly Dictionary<string, (double Sum, int Count)> _sums = [];

    /// <summary>Largest |log rho| seen, in nats.</summary>
    public double MaxAbs { get; private set; }

    /// <param name="logRatio">[N] nats.</param>
    /// <param name="held">Share of samples that clip or mask hold back.</param>
    public void Add(Tensor logRatio, double held)
    {
        using var scope = NewDisposeScope();
        using var off = no_grad();
        MaxAbs = Math.Max(MaxAbs, logRatio.abs().max().item<float>());
        Add("logRatioAbs", logRatio.abs().mean().item<float>());
        Add("ratio", logRatio.exp().mean().item<float>());
        Add("clipFraction", held);
    }

    /// <summary>The noise of a step: mean square 1 on-policy.</summary>
    public void AddZ(Tensor z)
    {
        using var scope = NewDisposeScope();
        Add("z2", z.square().mean().item<float>());
    }

    public void AddKl(Tensor kl)
    {
        using var off = no_grad();
        Add("kl", kl.mean().item<float>());
    }

    /// <summary>How far velocities are from the sampling policy's, mean square, where there is no ratio.</summary>
    public void AddShift(Tensor shift)
    {
        using var off = no_grad();
        Add("velocityShift", shift.mean().item<float>());
    }

    /// <summary>A term's loss, per image.</summary>
    public void AddLoss(double loss) => Add("loss", loss);

    public void WriteTo(JsonObject values)
    {
        foreach (var (name, (sum, count)) in _sums) values[name] = sum / count;
    }

    private void Add(string name, double value)
    {
        var (sum, count) = _sums.GetValueOrDefault(name);
        _sums[name] = (sum + value, count + 1);
    }
}
