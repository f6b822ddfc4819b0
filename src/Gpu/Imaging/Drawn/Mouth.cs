using System.Numerics;

namespace PortraitGen.Gpu.Imaging.Drawn;

/// <summary>Paints lips, the line between them, and teeth on an open smile.</summary>
internal sealed class Mouth(Anatomy body)
{
    private readonly Vector3 _lip = LipAlbedo(body);

    public Surface Paint(Surface skin, Vector3 q)
    {
        var wide = body.MouthWide;
        var u = q.X / wide;
        if (q.Z < 0.2f || MathF.Abs(u) > 1.5f || MathF.Abs(q.Y - body.MouthHigh) > 0.3f) return skin;
        var bend = 0.075f * body.Smile * u * u;
        var y = q.Y - body.MouthHigh - bend - body.MouthSlant * q.X;
        var arch = MathF.Max(0, 1 - u * u);
        var gap = body.Teeth ? 0.062f * arch * MathF.Sqrt(arch) : 0;
        // Cupid's bow above, one full curve below
        var bow = 1 - 0.22f * Solid.Spot(u, 0, 0.16f, 1);
        var top = body.LipFull * 1.05f * MathF.Pow(arch, 0.8f) * bow + gap * 0.35f;
        var bottom = -body.LipFull * 1.45f * MathF.Pow(arch, 0.6f) - gap * 0.65f;
        var albedo = skin.Albedo;
        var corner = Solid.Spot(MathF.Abs(u) - 1.03f, y / 0.04f, 0.13f, 1f);
        albedo *= 1 - 0.45f * corner;
        albedo *= 1 - 0.22f * Solid.Spot(u, (y - bottom + 0.035f) / 0.03f, 0.6f, 1f);
        var lips = Solid.Step(-0.012f, 0.012f, top - y) * Solid.Step(-0.012f, 0.012f, y - bottom) * Solid.Step(1.03f, 0.93f, MathF.Abs(u));
        var shade = y > 0 ? 0.78f : 1.08f;
        albedo = Vector3.Lerp(albedo, _lip * shade, lips * 0.85f);
        var shine = skin.Shine;
        if (gap > 0)
        {
            var inside = Solid.Step(-0.008f, 0.008f, gap * 0.35f - y) * Solid.Step(-0.008f, 0.008f, y + gap * 0.65f);
            var tooth = new Vector3(0.66f, 0.61f, 0.54f) * (1 - 0.55f * u * u);
            albedo = Vector3.Lerp(albedo, Vector3.Lerp(tooth, new(0.06f, 0.02f, 0.02f), Solid.Step(0.72f, 1f, MathF.Abs(u))), inside);
            shine *= 1 - inside;
        }

        var seam = (1 - Solid.Step(0.005f, 0.020f, MathF.Abs(y - gap * 0.35f))) * Solid.Step(1.05f, 0.9f, MathF.Abs(u));
        albedo = Vector3.Lerp(albedo, _lip * 0.16f, seam * (gap > 0 ? 0.5f : 0.9f));
        return skin with { Albedo = albedo, Shine = shine + 0.25f * lips * (y < 0 ? 1 : 0.3f) };
    }

    private static Vector3 LipAlbedo(Anatomy body)
    {
        var woman = body.Person.Gender == Gender.Woman;
        var bare = body.SkinAlbedo * new Vector3(0.82f, 0.50f, 0.52f);
        var painted = Pigment.Srgb(body.Draws.Unit(Purpose.Tint, 3) < 0.5f ? 0xA8343C : 0xB4525A);
        var paint = woman && body.Draws.Unit(Purpose.Tint, 4) < 0.55f ? 0.6f : 0f;
        return Vector3.Lerp(bare, painted, paint);
    }
}
