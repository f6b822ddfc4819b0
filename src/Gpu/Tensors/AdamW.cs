using TorchSharp.Modules;
using static TorchSharp.torch;

namespace PortraitGen.Gpu.Tensors;

/// <summary>AdamW with its state as named tensors, so that a chain of shards can carry it (Loshchilov, Hutter 2019; PyTorch's update, bit for bit in exact arithmetic).</summary>
public sealed class AdamW : IDisposable
{
    private readonly IReadOnlyList<(string Name, Parameter Value)> _parameters;
    private readonly Dictionary<string, (Tensor M, Tensor V)> _moments = [];
    private readonly double _beta1, _beta2, _epsilon, _weightDecay;

    public AdamW(IReadOnlyList<(string Name, Parameter Value)> parameters, double beta1 = 0.9, double beta2 = 0.999, double epsilon = 1e-8, double weightDecay = 0.01)
    {
        (_parameters, _beta1, _beta2, _epsilon, _weightDecay) = (parameters, beta1, beta2, epsilon, weightDecay);
        foreach (var (name, value) in parameters)
            _moments[name] = (zeros_like(value).DetachFromDisposeScope(), zeros_like(value).DetachFromDisposeScope());
    }

    /// <summary>Updates made so far.</summary>
    public long Steps { get; private set; }

    /// <summary>One update from the parameters' gradients, which are then dropped. A parameter without a gradient stays.</summary>
    /// <returns>The global norm of the gradients before clipping.</returns>
    public double Step(double learningRate, double maxNorm)
    {
        using var scope = NewDisposeScope();
        using var off = no_grad();
        Steps++;
        double norm = GradientNorm(), scale = norm > maxNorm ? maxNorm / (norm + 1e-6) : 1;
        double correction1 = 1 - Math.Pow(_beta1, Steps), correction2 = 1 - Math.Pow(_beta2, Steps);
        foreach (var (name, value) in _parameters)
        {
            if (value.grad is not { } gradient) continue;
            var (m, v) = _moments[name];
            if (scale != 1) gradient.mul_(scale);
            value.mul_(1 - learningRate * _weightDecay);
            m.mul_(_beta1).add_(gradient, alpha: 1 - _beta1);
            v.mul_(_beta2).addcmul_(gradient, gradient, 1 - _beta2);
            value.addcdiv_(m, v.sqrt().div_(Math.Sqrt(correction2)).add_(_epsilon), -learningRate / correction1);
            value.grad = null;
        }
        return norm;
    }

    /// <summary>The moments as named tensors, <c>m.NAME</c> and <c>v.NAME</c>.</summary>
    public IEnumerable<(string Name, Tensor Value)> State() =>
        _parameters.SelectMany(p => new[] { ("m." + p.Name, _moments[p.Name].M), ("v." + p.Name, _moments[p.Name].V) });

    /// <summary>Takes over what <see cref="State"/> gave, after <paramref name="steps"/> updates.</summary>
    public void Load(IReadOnlyDictionary<string, Tensor> state, long steps)
    {
        using var off = no_grad();
        foreach (var (name, _) in _parameters)
        {
            _moments[name].M.copy_(state["m." + name]);
            _moments[name].V.copy_(state["v." + name]);
        }
        Steps = steps;
    }

    public void Dispose()
    {
        foreach (var (m, v) in _moments.Values)
        {
            m.Dispose();
            v.Dispose();
        }
    }

    private double GradientNorm()
    {
        double sum = 0;
        foreach (var (_, value) in _parameters)
            if (value.grad is { } gradient) sum += gradient.square().sum(ScalarType.Float64).item<double>();
        return Math.Sqrt(sum);
    }
}
