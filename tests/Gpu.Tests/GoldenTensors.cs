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
        TestContext.Current.TestOutputHelper?.WriteLine($"{what}: off by {difference:E2}, allowed {tolerance:E2}");
        Assert.True(difference <= tolerance, $"{what}: off by {difference:E2}, allowed {tolerance:E2}");
    }

    /// <summary>Every parameter has a reference gradient and meets it; prints the tensor with the least margin.</summary>
    public static void AssertGradients(IReadOnlyDictionary<string, Tensor> expected, IReadOnlyList<(string Name, TorchSharp.Modules.Parameter Value)> parameters, double absolute = 1e-6)
    {
        Assert.NotEmpty(expected);
        Assert.Equal(expected.Keys.Order(StringComparer.Ordinal), parameters.Select(p => p.Name).Order(StringComparer.Ordinal));
        var (worst, share) = ("", -1.0);
        foreach (var (name, value) in parameters)
        {
            Assert.True(value.grad is not null, $"{name}: has no gradient");
            double part = Difference(value.grad, expected[name]) / Allowed(expected[name], absolute);
            if (!(part <= share)) (worst, share) = (name, part);
        }

        TestContext.Current.TestOutputHelper?.WriteLine($"gradients of {parameters.Count} parameters: the worst, {worst}, takes {share:P1} of what is allowed");
        Assert.True(share <= 1, $"gradient of {worst}: off by {share:F2} times what is allowed");
    }

    private static double Allowed(Tensor expected, double absolute = 1e-6) => 1e-4 * expected.abs().max().to(ScalarType.Float64).item<double>() + absolute;

    /// <summary>max|d| at most 1e-4 max|reference| + 1e-6: some references are exactly 0.</summary>
    public static void AssertGradient(Tensor expected, Tensor? actual, string what)
    {
        Assert.True(actual is not null, $"{what}: has no gradient");
        AssertClose(expected, actual, Allowed(expected), $"gradient of {what}");
    }
}
