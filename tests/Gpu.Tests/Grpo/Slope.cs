using PortraitGen.Gpu.Grpo;
using TorchSharp;
using static TorchSharp.torch;

namespace PortraitGen.Gpu.Tests.Grpo;

/// <summary>A gradient against the slope of its objective in double precision, along two random directions of the adapter.</summary>
internal static class Slope
{
    public static void Assert(Slices slices, Dictionary<string, Tensor> gradient, Func<Func<Tensor, double, Tensor>, double> objective)
    {
        var adapter = PolicyState.ReadAdapter(slices.Campaign.Read(slices.Policy));
        Xunit.Assert.Equal(adapter.Keys.Order(StringComparer.Ordinal), gradient.Keys.Order(StringComparer.Ordinal));
        using var oracle = Oracle(slices);
        using var noise = new Noise(77);
        for (int i = 0; i < 2; i++)
        {
            var direction = adapter.Keys.Order(StringComparer.Ordinal).ToDictionary(k => k, k => noise.Of(adapter[k].shape));
            double expected = oracle.Slope(direction, objective);
            double actual = gradient.Sum(p => (p.Value.to(ScalarType.Float64) * direction[p.Key]).sum().item<double>());
            Xunit.Assert.True(Math.Abs(expected) > 1e-4, $"a slope of {expected:G3} tests nothing");
            Xunit.Assert.Equal(expected, actual, 2e-3 * Math.Abs(expected) + 1e-6);
        }
    }

    /// <summary>The objective's value at the adapter itself.</summary>
    public static double Value(Slices slices, Func<Func<Tensor, double, Tensor>, double> objective)
    {
        using var oracle = Oracle(slices);
        return oracle.With(PolicyState.ReadAdapter(slices.Campaign.Read(slices.Policy)), objective);
    }

    private static DoublePolicy Oracle(Slices slices) =>
        new(PolicyState.ReadAdapter(slices.Campaign.Read(slices.Policy)), 2, [.. slices.Groups.Select(g => g.Caption)]);
}
