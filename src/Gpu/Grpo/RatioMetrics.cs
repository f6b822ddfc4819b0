using System.Text.Json.Nodes;
using static TorchSharp.torch;

namespace PortraitGen.Gpu.Grpo;

/// <summary>What to watch of a slice's ratios: is it learning, is it clipped, has it left the policy that sampled?</summary>
public sealed class RatioMetrics
{
    private double _sumAbs, _sumRatio, _sumClipped, _sumZ2, _sumKl;
    private int _steps, _klSteps;

    /// <summary>Largest |log rho| seen, in nats.</summary>
    public double MaxAbs { get; private set; }

    public void Add(Tensor logRatio, double clip, Tensor z)
    {
        using var scope = NewDisposeScope();
        using var off = no_grad();
        MaxAbs = Math.Max(MaxAbs, logRatio.abs().max().item<float>());
        _sumAbs += logRatio.abs().mean().item<float>();
        _sumRatio += logRatio.exp().mean().item<float>();
        _sumClipped += Surrogate.ClipFraction(logRatio, clip);
        _sumZ2 += z.square().mean().item<float>();
        _steps++;
    }

    public void AddKl(Tensor kl)
    {
        using var off = no_grad();
        _sumKl += kl.mean().item<float>();
        _klSteps++;
    }

    public void WriteTo(JsonObject values)
    {
        if (_steps == 0) return;
        values["logRatioAbs"] = _sumAbs / _steps;
        values["ratio"] = _sumRatio / _steps;
        values["clipFraction"] = _sumClipped / _steps;
        values["z2"] = _sumZ2 / _steps;
        if (_klSteps > 0) values["kl"] = _sumKl / _klSteps;
    }
}
