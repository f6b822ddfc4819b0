using PortraitGen.Gpu.Models;
using PortraitGen.Gpu.Models.Sd3;
using PortraitGen.Gpu.Sampling;
using TorchSharp;
using static TorchSharp.torch;

namespace PortraitGen.Gpu.Tests.Grpo;

/// <summary>The micro-campaign's model in double precision, its adapter merged into the matrices by hand: shares no adapter code and no autograd with what it checks.</summary>
internal sealed class DoublePolicy(IReadOnlyDictionary<string, Tensor> adapter, double scale, IReadOnlyList<string> captions) : IDisposable
{
    private readonly Sd3Pipeline _pipeline = TinyModels.Pipeline(11);

    /// <summary>d f / d adapter along <paramref name="direction"/>, by the central difference.</summary>
    public double Slope(IReadOnlyDictionary<string, Tensor> direction, Func<Func<Tensor, double, Tensor>, double> f)
    {
        const double h = 1e-4;
        return (At(h) - At(-h)) / (2 * h);

        double At(double t) => With(adapter.ToDictionary(p => p.Key, p => p.Value.to(ScalarType.Float64) + direction[p.Key].to(ScalarType.Float64) * t), f);
    }

    /// <summary>f of the velocity under an adapter; an empty one is the base.</summary>
    public double With(IReadOnlyDictionary<string, Tensor> values, Func<Func<Tensor, double, Tensor>, double> f)
    {
        using var off = no_grad();
        using var scope = NewDisposeScope();
        const string prefix = "transformer.", a = ".lora_A.weight", b = ".lora_B.weight";
        var state = _pipeline.Transformer.Weights.State().ToDictionary(p => p.Name, p => p.Value.detach().to(ScalarType.Float64));
        foreach (string path in values.Keys.Where(k => k.EndsWith(a, StringComparison.Ordinal)).Select(k => k[prefix.Length..^a.Length]))
            state[path + ".weight"] = state[path + ".weight"] + values[prefix + path + b].to(ScalarType.Float64).matmul(values[prefix + path + a].to(ScalarType.Float64)) * scale;
        using var model = new Sd3Transformer(_pipeline.Transformer.Config, Weights.From(state, dtype: ScalarType.Float64));
        var (context, pooled) = _pipeline.TextEncoder.Condition(captions);
        return f((x, sigma) =>
        {
            long each = x.shape[0] / captions.Count;
            return model.Forward(x.to(ScalarType.Float64), full([x.shape[0]], sigma * 1000, dtype: ScalarType.Float64),
                context.to(ScalarType.Float64).repeat_interleave(each, 0), pooled.to(ScalarType.Float64).repeat_interleave(each, 0));
        });
    }

    public void Dispose() => _pipeline.Dispose();
}
