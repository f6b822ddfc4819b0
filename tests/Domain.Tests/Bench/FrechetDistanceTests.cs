using PortraitGen.Domain.Bench;
using PortraitGen.Domain.Maths;

namespace PortraitGen.Domain.Tests.Bench;

public sealed class FrechetDistanceTests
{
    [Fact]
    public void Equal_sets_are_at_distance_zero()
    {
        var set = Set(1, 60);
        Assert.Equal(0, FrechetDistance.Of(set, set), 1e-9);
    }

    [Fact]
    public void A_shift_costs_its_squared_length()
    {
        var set = Set(2, 60);
        Assert.Equal(0.25 + 9, FrechetDistance.Of(set, [.. set.Select(v => new[] { v[0] + 0.5, v[1], v[2] - 3 })]), 1e-9);
    }

    /// <summary>For covariances that commute the distance is the sum of (sqrt a - sqrt b)^2.</summary>
    [Fact]
    public void A_stretch_by_three_about_the_mean_costs_four_times_the_total_variance()
    {
        var set = Set(3, 60);
        double[] mean = [.. Enumerable.Range(0, 3).Select(i => set.Average(v => v[i]))];
        double variance = Enumerable.Range(0, 3).Sum(i => set.Sum(v => (v[i] - mean[i]) * (v[i] - mean[i])) / (set.Length - 1));
        double[][] stretched = [.. set.Select(v => v.Select((x, i) => mean[i] + 3 * (x - mean[i])).ToArray())];
        Assert.Equal(4 * variance, FrechetDistance.Of(set, stretched), 1e-9);
    }

    /// <summary>Two sets of one axis each: exact by hand, tr(A) + tr(B) as A B = 0.</summary>
    [Fact]
    public void Sets_along_different_axes_share_nothing()
    {
        double[][] a = [[1, 0], [-1, 0]], b = [[0, 2], [0, -2]];
        Assert.Equal(2 + 8, FrechetDistance.Of(a, b), 1e-9);
    }

    [Fact]
    public void The_distance_is_symmetric_and_grows_with_the_gap()
    {
        var (a, b) = (Set(4, 40), Set(5, 50));
        Assert.Equal(FrechetDistance.Of(a, b), FrechetDistance.Of(b, a), 1e-9);
        Assert.True(FrechetDistance.Of(a, b) < FrechetDistance.Of(a, [.. b.Select(v => v.Select(x => x + 1).ToArray())]));
    }

    private static double[][] Set(ulong seed, int count)
    {
        var x = new float[3 * count];
        CounterRng.For(seed, "set").Normals(x);
        return [.. x.Chunk(3).Select(v => new double[] { v[0], 2 * v[1] + v[0], 0.5 * v[2] - v[1] })];
    }
}
