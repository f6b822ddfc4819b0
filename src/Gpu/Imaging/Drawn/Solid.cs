using System.Numerics;
using System.Runtime.CompilerServices;

namespace PortraitGen.Gpu.Imaging.Drawn;

/// <summary>Signed distances of simple solids and their soft joints (negative inside).</summary>
internal static class Solid
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Ellipsoid(Vector3 p, Vector3 radii)
    {
        var inverse = Vector3.One / radii;
        var scaled = p * inverse;
        var k0 = scaled.Length();
        var k1 = (scaled * inverse).Length();
        return k1 < 1e-6f ? -MathF.Min(radii.X, MathF.Min(radii.Y, radii.Z)) : k0 * (k0 - 1) / k1;
    }

    /// <summary>A rod from a to b whose radius goes from one to the other.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Rod(Vector3 p, Vector3 a, Vector3 b, float from, float to)
    {
        var ab = b - a;
        var t = Math.Clamp(Vector3.Dot(p - a, ab) / ab.LengthSquared(), 0f, 1f);
        return (p - a - ab * t).Length() - (from + (to - from) * t);
    }

    /// <summary>Union with a fillet about k wide.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Join(float a, float b, float k)
    {
        var h = MathF.Max(k - MathF.Abs(a - b), 0) / k;
        return MathF.Min(a, b) - h * h * k * 0.25f;
    }

    /// <summary>What remains of a after b is scooped out.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Scoop(float a, float b, float k) => -Join(-a, b, k);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Step(float low, float high, float x)
    {
        var t = Math.Clamp((x - low) / (high - low), 0f, 1f);
        return t * t * (3 - 2 * t);
    }

    /// <summary>A soft spot: 1 at zero, falling as a Gaussian of the given width.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Spot(float x, float y, float wide, float high)
    {
        var d = x * x / (wide * wide) + y * y / (high * high);
        return d > 9 ? 0 : MathF.Exp(-d);
    }
}
