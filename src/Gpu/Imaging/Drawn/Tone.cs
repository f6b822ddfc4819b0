using System.Numerics;

namespace PortraitGen.Gpu.Imaging.Drawn;

/// <summary>From linear light to display values.</summary>
internal static class Tone
{
    public static float Luma(Vector3 v) => 0.2126f * v.X + 0.7152f * v.Y + 0.0722f * v.Z;

    /// <summary>Soft shoulder, sRGB curve, then saturation and an S-curve of the given strength, all in display space.</summary>
    public static Vector3 Develop(Vector3 linear, float saturation, float contrast)
    {
        var v = new Vector3(Pigment.Encode(Shoulder(linear.X)), Pigment.Encode(Shoulder(linear.Y)), Pigment.Encode(Shoulder(linear.Z)));
        v = Vector3.Lerp(new(Luma(v)), v, saturation);
        v = Vector3.Clamp(v, Vector3.Zero, Vector3.One);
        return Vector3.Lerp(v, v * v * (new Vector3(3) - 2 * v), contrast);
    }

    /// <summary>Linear up to 0.6, then bends towards 1.</summary>
    private static float Shoulder(float x) => x < 0.6f ? x : 0.6f + 0.4f * (1 - MathF.Exp(-(x - 0.6f) / 0.4f));
}
