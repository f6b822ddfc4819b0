using PortraitGen.Domain.Maths;
using static TorchSharp.torch;

namespace PortraitGen.Gpu.Tensors;

/// <summary>Standard normal tensors from counter-based streams: drawn on the CPU, so that every device sees the same numbers.</summary>
public static class Noise
{
    /// <summary>Standard normals of <paramref name="shape"/>, float32.</summary>
    public static Tensor Normal(CounterRng stream, ReadOnlySpan<long> shape, Device? device = null)
    {
        long count = 1;
        foreach (long side in shape) count *= side;
        var values = new float[count];
        stream.Normals(values);
        var drawn = tensor(values, shape, dtype: ScalarType.Float32);
        return device is null || device.type == TorchSharp.DeviceType.CPU ? drawn : drawn.to(device);
    }

    /// <summary>A source of fresh weights: one stream per parameter name, so that adding a layer changes no other.</summary>
    public static Func<string, long[], Tensor> Weights(ulong seed) => (name, shape) => Normal(CounterRng.For(seed, "init/" + name), shape);
}
