using TorchSharp;
using static TorchSharp.torch;

namespace PortraitGen.Gpu.Tests;

/// <summary>Standard normal noise from a seed, one stream per instance.</summary>
internal sealed class Noise(ulong seed) : IDisposable
{
    private readonly Generator _rng = new(seed, CPU);

    public Tensor Of(string name, long[] shape) => Of(shape);

    public Tensor Of(params long[] shape) => randn(shape, ScalarType.Float32, generator: _rng);

    public void Dispose() => _rng.Dispose();
}
