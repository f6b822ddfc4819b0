using PortraitGen.Domain.Maths;
using PortraitGen.Gpu.Models;
using PortraitGen.Gpu.Models.Sd3;
using PortraitGen.Gpu.Tensors;
using TorchSharp;

namespace PortraitGen.Benchmarks.Scaling;

/// <summary>A transformer with fresh weights, none of them zero: its cost is that of a trained one.</summary>
internal static class FreshTransformer
{
    public static Sd3Transformer Create(Sd3Config config)
    {
        using var off = torch.no_grad();
        using var scope = torch.NewDisposeScope();
        var model = new Sd3Transformer(config, new Weights(Sd3Init.Source(config, Noise.Weights(1))));
        foreach (var (name, value) in model.Weights.Parameters) value.add_(Noise.Normal(CounterRng.For(2, name), value.shape) * 0.02);
        return model;
    }
}
