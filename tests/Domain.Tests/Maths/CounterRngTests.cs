using PortraitGen.Domain.Maths;

namespace PortraitGen.Domain.Tests.Maths;

public sealed class CounterRngTests
{
    [Fact]
    public void The_numbers_of_a_stream_never_change()
    {
        var rng = CounterRng.For(1, "rollout-noise", 3, 1, 4);
        var normals = new float[3];
        rng.Normals(normals);
        Assert.Equal(PinnedBits, new[] { rng.Bits(0), rng.Bits(1), rng.Bits(1_000_000) });
        Assert.Equal(PinnedNormals, normals);
        Assert.Equal(PinnedOrder, CounterRng.For(7, "exemplar-order", 0).Permutation(8));
    }

    // From the published recipe, worked out apart from this code.
    private static readonly ulong[] PinnedBits = [0x121ca38bc1ab6f54, 0x12ac2cc0972685b7, 0x2da61603d5ba19aa];
    private static readonly float[] PinnedNormals = [0.343553692f, 0.169483691f, -1.6189841f];
    private static readonly int[] PinnedOrder = [7, 2, 1, 4, 5, 6, 3, 0];

    [Fact]
    public void A_number_depends_on_its_position_alone()
    {
        var rng = CounterRng.For(9, "x", 1);
        var (few, many) = (new float[3], new float[1001]);
        rng.Normals(few);
        rng.Normals(many);
        Assert.Equal(few, many[..3]);
        ulong later = rng.Bits(77);
        rng.Bits(5);
        Assert.Equal(later, rng.Bits(77));
    }

    [Fact]
    public void Normals_have_the_moments_and_tails_of_the_normal_law()
    {
        const int n = 200_000;
        var x = new float[n];
        CounterRng.For(3, "moments").Normals(x);
        Assert.InRange(x.Average(v => (double)v), -4 / Math.Sqrt(n), 4 / Math.Sqrt(n));
        Assert.InRange(x.Average(v => (double)v * v), 1 - 4 * Math.Sqrt(2.0 / n), 1 + 4 * Math.Sqrt(2.0 / n));
        Assert.InRange(x.Average(v => Math.Pow(v, 3)), -4 * Math.Sqrt(15.0 / n), 4 * Math.Sqrt(15.0 / n));
        Assert.InRange(x.Average(v => Math.Pow(v, 4)), 3 - 4 * Math.Sqrt(96.0 / n), 3 + 4 * Math.Sqrt(96.0 / n));
        Assert.InRange(x.Count(v => Math.Abs(v) > 1.959964) / (double)n, 0.048, 0.052);
        double neighbours = x.Zip(x.Skip(1), (a, b) => (double)a * b).Average(), pairs = x.Chunk(2).Average(p => (double)p[0] * p[1]);
        Assert.InRange(neighbours, -4 / Math.Sqrt(n), 4 / Math.Sqrt(n));
        Assert.InRange(pairs, -4 / Math.Sqrt(n / 2.0), 4 / Math.Sqrt(n / 2.0));
    }

    [Fact]
    public void Streams_that_differ_in_seed_purpose_or_any_index_are_independent()
    {
        const int n = 20_000;
        CounterRng[] streams =
        [
            CounterRng.For(1, "a"), CounterRng.For(2, "a"), CounterRng.For(1, "b"), CounterRng.For(1, "ab"), CounterRng.For(1, "ba"), CounterRng.For(1, "a", 0), CounterRng.For(1, "a", 1),
            CounterRng.For(1, "a", 0, 0), CounterRng.For(1, "a", 0, 1), CounterRng.For(1, "a", 1, 0), CounterRng.For(1, "a", -1),
        ];
        var drawn = streams.Select(s => { var x = new float[n]; s.Normals(x); return x; }).ToArray();
        for (int i = 0; i < drawn.Length; i++)
            for (int j = 0; j < i; j++)
                Assert.InRange(drawn[i].Zip(drawn[j], (a, b) => (double)a * b).Average(), -4.5 / Math.Sqrt(n), 4.5 / Math.Sqrt(n));
    }

    [Fact]
    public void Uniform_numbers_fill_the_unit_range_evenly()
    {
        var rng = CounterRng.For(4, "uniform");
        double[] u = [.. Enumerable.Range(0, 100_000).Select(i => rng.Uniform(i))];
        Assert.All(u, v => Assert.InRange(v, 0, 1 - 1e-17));
        Assert.All(Enumerable.Range(0, 20), bin => Assert.InRange(u.Count(v => (int)(v * 20) == bin), 4700, 5300));
    }

    [Fact]
    public void A_permutation_holds_each_once_and_every_place_is_as_likely()
    {
        var first = new int[5];
        for (int i = 0; i < 5000; i++)
        {
            int[] order = CounterRng.For(1, "order", i).Permutation(5);
            Assert.Equal([0, 1, 2, 3, 4], order.Order());
            first[Array.IndexOf(order, 0)]++;
        }
        Assert.All(first, count => Assert.InRange(count, 880, 1120));
    }
}
