using System.Numerics;

namespace PortraitGen.Gpu.Imaging.Drawn;

/// <summary>The paint box: linear-light albedos, named by the attributes.</summary>
internal static class Pigment
{
    public static Vector3 Skin(SkinTone tone, float jitter)
    {
        // one tone drifts up to half a step towards its neighbours
        ReadOnlySpan<int> hex = [0xF3CDB8, 0xE6B394, 0xCB9268, 0x95613F, 0x573525];
        var at = Math.Clamp((int)tone + jitter, 0, 4);
        var below = Math.Min((int)at, 3);
        return Vector3.Lerp(Srgb(hex[below]), Srgb(hex[below + 1]), at - below);
    }

    public static Vector3 Hair(HairColour colour) => Srgb(colour switch
    {
        HairColour.Black => 0x1F1A18,
        HairColour.Brown => 0x54351F,
        HairColour.Blond => 0xCFA566,
        HairColour.Red => 0xA3461C,
        HairColour.Grey => 0x86868A,
        _ => 0xDAD8D2,
    });

    public static Vector3 Backdrop(BackdropColour colour) => Srgb(colour switch
    {
        BackdropColour.Grey => 0x868A8E,
        BackdropColour.White => 0xE6E4DF,
        BackdropColour.Black => 0x1C1B1D,
        BackdropColour.Blue => 0x3F6A9E,
        BackdropColour.Green => 0x4B7A52,
        BackdropColour.Red => 0x98403A,
        BackdropColour.Brown => 0x6E523C,
        BackdropColour.Yellow => 0xD0B152,
        _ => 0x6A4A86,
    });

    public static Vector3 Cloth(ClothColour colour) => Srgb(colour switch
    {
        ClothColour.White => 0xDEDCD6,
        ClothColour.Black => 0x222225,
        ClothColour.Grey => 0x74777C,
        ClothColour.Blue => 0x2F4F86,
        ClothColour.Green => 0x35644A,
        ClothColour.Red => 0xA03236,
        ClothColour.Brown => 0x664630,
        ClothColour.Yellow => 0xD2AA42,
        _ => 0x5F3F80,
    });

    public static Vector3 Iris(float which) => Srgb(which < 0.5f ? 0x3B2416 : which < 0.75f ? 0x49657A : 0x4D5A36);

    public static Vector3 Srgb(int hex) => new(Decode(hex >> 16 & 255), Decode(hex >> 8 & 255), Decode(hex & 255));

    /// <summary>Linear light to the sRGB curve, one channel, no clamp above 1.</summary>
    public static float Encode(float linear) =>
        linear <= 0.0031308f ? 12.92f * MathF.Max(linear, 0) : 1.055f * MathF.Pow(linear, 1 / 2.4f) - 0.055f;

    private static float Decode(int value)
    {
        var v = value / 255f;
        return v <= 0.04045f ? v / 12.92f : MathF.Pow((v + 0.055f) / 1.055f, 2.4f);
    }
}
