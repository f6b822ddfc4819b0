using PortraitGen.Gpu.Tensors;
using TorchSharp;
using static TorchSharp.torch;

namespace PortraitGen.Gpu.Tests;

/// <summary>Reads the parts of a golden file and compares.</summary>
internal static class GoldenTensors
{
    /// <summary>All tensors whose name begins with the prefix, which is cut off.</summary>
    public static Dictionary<string, Tensor> Part(this SafetensorsFile file, string prefix) => file.Entries.Keys
        .Where(name => name.StartsWith(prefix, StringComparison.Ordinal))
        .ToDictionary(name => name[prefix.Length..], file.Read, StringComparer.Ordinal);

    /// <summary>Largest absolute difference; NaN where either is NaN.</summary>
    public static double Difference(Tensor actual, Tensor expected)
    {
        Assert.Equal(expected.shape, actual.shape);
        return expected.numel() == 0 ? 0 : (actual.detach().to(ScalarType.Float64) - expected.to(ScalarType.Float64)).abs().max().item<double>();
    }

    public static void AssertClose(Tensor expected, Tensor actual, double tolerance, string what)
    {
        double difference = Difference(actual, expected);
        Assert.True(difference <= tolerance, $"{what}: off by {difference:E2}, allowed {tolerance:E2}");
    }

    /// <summary>max|d| at most 1e-4 max|reference| + 1e-6: some references are exactly 0.</summary>
    public static void AssertGradient(Tensor expected, Tensor? actual, string what)
    {
        Assert.True(actual is not null, $"{what}: has no gradient");
        AssertClose(expected, actual, 1e-4 * expected.abs().max().item<float>() + 1e-6, $"gradient of {what}");
    }
}
