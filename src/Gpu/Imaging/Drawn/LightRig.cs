using System.Numerics;

namespace PortraitGen.Gpu.Imaging.Drawn;

/// <summary>A key lamp, a fill from everywhere, and a lamp behind for the rim.</summary>
internal sealed record LightRig(Vector3 ToKey, Vector3 Key, Vector3 Fill, Vector3 Rim, float Softness, float Shadow)
{
    public static LightRig For(Anatomy body)
    {
        // a generator lights faces as evenly as it mirrors them
        var off = body.Look == Look.Captured ? 0.30f * MathF.CopySign(1, body.Draws.Unit(Purpose.Light, 1) - 0.5f) : 0f;
        var rim = new Vector3(0.10f);
        return body.Person.Light switch
        {
            LightKind.Soft => new(Aim(off, 0.55f, 0.85f), new(0.80f, 0.79f, 0.77f), new(0.40f, 0.41f, 0.43f), rim, 2.5f, 0.6f),
            LightKind.Left => new(Aim(-0.95f, 0.40f, 0.42f), new(1.25f, 1.22f, 1.18f), new(0.12f, 0.125f, 0.14f), rim, 5f, 0.9f),
            LightKind.Right => new(Aim(0.95f, 0.40f, 0.42f), new(1.25f, 1.22f, 1.18f), new(0.12f, 0.125f, 0.14f), rim, 5f, 0.9f),
            LightKind.Backlit => new(Aim(off, 0.5f, 0.85f), new(0.30f, 0.31f, 0.33f), new(0.22f, 0.23f, 0.26f), new(1.9f, 1.8f, 1.6f), 3f, 0.6f),
            LightKind.Warm => new(Aim(0.45f + off * 0.3f, 0.5f, 0.75f), new(1.20f, 0.84f, 0.50f), new(0.30f, 0.22f, 0.16f), rim * 2, 3.5f, 0.8f),
            _ => new(Aim(-0.45f + off * 0.3f, 0.5f, 0.75f), new(0.68f, 0.88f, 1.15f), new(0.22f, 0.28f, 0.38f), rim * 2, 3.5f, 0.8f),
        };
    }

    private static Vector3 Aim(float x, float y, float z) => Vector3.Normalize(new(x, y, z));
}
