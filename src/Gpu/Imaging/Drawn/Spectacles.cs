using System.Numerics;

namespace PortraitGen.Gpu.Imaging.Drawn;

/// <summary>Glasses: two frames and a bridge on a plane before the eyes, temples along the head.</summary>
internal sealed class Spectacles(Anatomy body, Sculpture sculpture)
{
    private const float Plane = 0.83f;
    private readonly bool _worn = body.Person.Glasses != Glasses.None;
    private readonly float _thick = body.Person.Glasses == Glasses.Thick ? 0.036f : 0.017f;
    private readonly float _round = body.Draws.Between(Purpose.Glasses, 1, 0.06f, 0.17f);
    private readonly Vector3 _rim = body.Person.Glasses == Glasses.Thick
        ? Pigment.Srgb(body.Draws.Unit(Purpose.Glasses, 2) < 0.65f ? 0x17151A : 0x4A2A18)
        : Pigment.Srgb(body.Draws.Unit(Purpose.Glasses, 2) < 0.5f ? 0x3C3A3E : 0x6E5A34);

    /// <summary>Lays the glasses over what a ray saw; <paramref name="depth"/> is the face-space z of that.</summary>
    public Vector3 Over(Vector3 seen, Vector3 from, Vector3 along, float depth, Vector3 light)
    {
        if (!_worn || depth > Plane + 0.06f) return seen;
        var start = sculpture.ToHead(from);
        var heading = sculpture.DirectionToHead(along);
        var q = start + heading * ((Plane - start.Z) / heading.Z);
        var y = q.Y + body.EyeSlant * q.X + 0.012f;
        var x = MathF.Abs(q.X) - body.EyeApart - 0.005f;
        if (MathF.Abs(x) > 0.5f || MathF.Abs(y) > 0.4f) return seen;
        float wide = 0.215f - _round, high = 0.165f - _round;
        var ox = MathF.Max(MathF.Abs(x) - wide, 0);
        var oy = MathF.Max(MathF.Abs(y) - high, 0);
        var d = MathF.Sqrt(ox * ox + oy * oy) - _round;
        var frame = Solid.Step(_thick + 0.010f, _thick - 0.010f, MathF.Abs(d));
        var bridge = Solid.Step(_thick + 0.010f, _thick - 0.010f, MathF.Abs(y - 0.05f)) * Solid.Step(0.09f, 0.05f, MathF.Abs(q.X));
        var lens = Solid.Step(0.01f, -0.01f, d);
        var streak = Solid.Step(0.05f, 0.02f, MathF.Abs(q.X * 0.8f + y - 0.14f - (q.X > 0 ? 0.22f : -0.24f))) * lens;
        seen = Vector3.Lerp(seen, seen * new Vector3(0.94f, 0.96f, 0.96f) + light * 0.006f, lens) + light * (0.035f * streak);
        var bevel = 0.8f + 0.9f * Solid.Step(0f, 0.15f, y) * MathF.Max(0, 1 - MathF.Abs(d) / _thick);
        return Vector3.Lerp(seen, _rim * light * bevel, MathF.Max(frame, bridge) * 0.96f);
    }

    /// <summary>Temples and the shadow of the frames, painted on the skin.</summary>
    public Surface Paint(Surface skin, Vector3 q)
    {
        if (!_worn) return skin;
        var temple = Solid.Step(_thick + 0.012f, _thick - 0.008f, MathF.Abs(q.Y - 0.06f)) * Solid.Step(0.46f, 0.52f, MathF.Abs(q.X)) * Solid.Step(-0.15f, -0.05f, q.Z);
        var shade = 0.25f * Solid.Spot(MathF.Abs(q.X) - body.EyeApart, q.Y + 0.20f, 0.2f, 0.035f);
        return skin with { Albedo = Vector3.Lerp(skin.Albedo * (1 - shade), _rim, temple) };
    }
}
