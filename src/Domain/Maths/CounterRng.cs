namespace PortraitGen.Domain.Maths;

/// <summary>Counter-based random numbers: number i of a stream depends on the stream's key and i alone, on no earlier draw.</summary>
/// <remarks>SplitMix64's finaliser over key + i * 2^64/phi (Steele, Lea, Flood 2014); normals by Box-Muller in double precision.
/// Streams are named by (campaign seed, purpose, indices), so that any shard can draw its own numbers on any worker.</remarks>
public readonly struct CounterRng
{
    private const ulong Gamma = 0x9E3779B97F4A7C15;
    private readonly ulong _key;

    private CounterRng(ulong key) => _key = key;

    /// <summary>The stream of a purpose within a campaign.</summary>
    /// <param name="seed">The campaign's seed.</param>
    /// <param name="purpose">What the numbers are for, e.g. <c>rollout-noise</c>: two purposes never share a stream.</param>
    /// <param name="indices">Epoch, group, sample, step: whatever tells draws of one purpose apart.</param>
    public static CounterRng For(ulong seed, string purpose, params ReadOnlySpan<long> indices)
    {
        ulong key = Mix(seed + Gamma);
        foreach (char c in purpose) key = Mix(key ^ c);
        key = Mix(key + (ulong)indices.Length);
        foreach (long index in indices) key = Mix(key ^ Mix((ulong)index + Gamma));
        return new(key);
    }

    /// <summary>64 uniform bits at position <paramref name="i"/>.</summary>
    public ulong Bits(long i) => Mix(_key + (ulong)(i + 1) * Gamma);

    /// <summary>Uniform in [0, 1), with 53 bits.</summary>
    public double Uniform(long i) => (Bits(i) >> 11) * (1.0 / (1UL << 53));

    /// <summary>Uniform in {0, …, count - 1}. The bias is below count / 2^53.</summary>
    public int Below(long i, int count) => (int)(Uniform(i) * count);

    /// <summary>Standard normals at positions 0 … length - 1.</summary>
    public void Normals(Span<float> into)
    {
        for (int i = 0; i < into.Length; i += 2)
        {
            double radius = Math.Sqrt(-2 * Math.Log(1 - Uniform(i))), angle = 2 * Math.PI * Uniform(i + 1);
            into[i] = (float)(radius * Math.Cos(angle));
            if (i + 1 < into.Length) into[i + 1] = (float)(radius * Math.Sin(angle));
        }
    }

    /// <summary>A permutation of 0 … count - 1 (Fisher-Yates).</summary>
    public int[] Permutation(int count)
    {
        var order = Enumerable.Range(0, count).ToArray();
        for (int i = count - 1; i > 0; i--)
        {
            int j = Below(i, i + 1);
            (order[i], order[j]) = (order[j], order[i]);
        }
        return order;
    }

    private static ulong Mix(ulong z)
    {
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}
