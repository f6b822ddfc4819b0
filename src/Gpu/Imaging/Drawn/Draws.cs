using System.Numerics;

namespace PortraitGen.Gpu.Imaging.Drawn;

/// <summary>What a random number is for. Each purpose is a stream of its own, so a new one never shifts the others.</summary>
public enum Purpose
{
    Age, Gender, Skin, HairColour, HairStyle, Glasses, Expression, Pose, Light, Backdrop, Beard, Cloth, Cut,
    Bones, Tint, Asymmetry, Framing, Mottle, Strands, Freckles, SensorNoise, SensorColour, Lens, Canvas,
}

/// <summary>Counter-based random numbers: a pure function of (seed, purpose, index), with no state to share.</summary>
public readonly struct Draws(ulong seed)
{
    public ulong Seed { get; } = seed;

    /// <summary>64 well mixed bits (SplitMix64 finaliser, applied twice).</summary>
    public ulong Bits(Purpose purpose, int index = 0)
    {
        var key = Mix(Seed + 0x9E3779B97F4A7C15UL * (((ulong)purpose + 1) << 32 | (uint)index));
        return Mix(key ^ Seed);
    }

    /// <summary>Uniform in [0, 1).</summary>
    public float Unit(Purpose purpose, int index = 0) => (Bits(purpose, index) >> 40) * (1f / (1 << 24));

    /// <summary>Uniform in [low, high).</summary>
    public float Between(Purpose purpose, int index, float low, float high) => low + (high - low) * Unit(purpose, index);

    /// <summary>Standard normal (Box-Muller on two halves of the same bits).</summary>
    public float Normal(Purpose purpose, int index = 0)
    {
        var bits = Bits(purpose, index);
        var u = ((bits >> 40) + 1) * (1f / ((1 << 24) + 1));
        var v = (bits & 0xFFFFFF) * (1f / (1 << 24));
        return MathF.Sqrt(-2f * MathF.Log(u)) * MathF.Cos(MathF.Tau * v);
    }

    /// <summary>The index of one weight, with probability in proportion to it.</summary>
    public int Weighted(Purpose purpose, int index, params ReadOnlySpan<float> weights)
    {
        var total = 0f;
        foreach (var w in weights) total += w;
        var mark = Unit(purpose, index) * total;
        for (var i = 0; i < weights.Length; i++)
        {
            mark -= weights[i];
            if (mark < 0) return i;
        }

        return weights.Length - 1;
    }

    /// <summary>Smooth value noise in [-1, 1] over space; features are about 1 unit wide.</summary>
    public float Noise(Purpose purpose, Vector3 at)
    {
        float fx = MathF.Floor(at.X), fy = MathF.Floor(at.Y), fz = MathF.Floor(at.Z);
        int x = (int)fx, y = (int)fy, z = (int)fz;
        float u = Ease(at.X - fx), v = Ease(at.Y - fy), w = Ease(at.Z - fz);
        var salt = (uint)(Seed ^ Seed >> 32) * 0x9E3779B1u + (uint)purpose * 0x85EBCA6Bu;
        var near = Lerp(Lerp(Corner(x, y, z, salt), Corner(x + 1, y, z, salt), u), Lerp(Corner(x, y + 1, z, salt), Corner(x + 1, y + 1, z, salt), u), v);
        var far = Lerp(Lerp(Corner(x, y, z + 1, salt), Corner(x + 1, y, z + 1, salt), u), Lerp(Corner(x, y + 1, z + 1, salt), Corner(x + 1, y + 1, z + 1, salt), u), v);
        return Lerp(near, far, w);
    }

    private static float Corner(int x, int y, int z, uint salt)
    {
        var h = (uint)x * 0x8DA6B343u ^ (uint)y * 0xD8163841u ^ (uint)z * 0xCB1AB31Fu ^ salt;
        h ^= h >> 15;
        h *= 0x2C1B3C6Du;
        h ^= h >> 12;
        h *= 0x297A2D39u;
        h ^= h >> 15;
        return h * (2f / uint.MaxValue) - 1f;
    }

    private static float Ease(float t) => t * t * (3f - 2f * t);

    private static float Lerp(float a, float b, float t) => a + (b - a) * t;

    private static ulong Mix(ulong z)
    {
        z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9UL;
        z = (z ^ z >> 27) * 0x94D049BB133111EBUL;
        return z ^ z >> 31;
    }
}
