using System.Numerics;

namespace PortraitGen.Gpu.Imaging.Drawn;

/// <summary>The mass of the hair with an uneven rim, cut open for the face.</summary>
internal sealed class HairShape(Anatomy body)
{
    private readonly HairStyle _style = body.Person.Hair;
    private readonly bool _man = body.Person.Gender == Gender.Man;
    private readonly float _rough = body.Look == Look.Captured ? 1f : 0.45f;
    private readonly float _volume = body.Draws.Between(Purpose.Strands, 1, 0.8f, 1.25f);
    private readonly float _length = body.Draws.Between(Purpose.Strands, 2, -1.6f, -1.1f);

    /// <summary>Distance to hair, for a point in even face space. Without <paramref name="fine"/> the rim is smooth: enough for shadows.</summary>
    public float Distance(Vector3 q, bool fine)
    {
        if (_style == HairStyle.Bald) return 9f;
        var m = q with { X = MathF.Abs(q.X) };
        var thick = _volume * _style switch
        {
            HairStyle.Short => 0.09f,
            HairStyle.Curly => 0.2f,
            HairStyle.Bun => 0.05f,
            _ => 0.12f,
        };
        var d = Solid.Ellipsoid(q - new Vector3(0, 0.27f, -0.18f), new(0.69f + thick, 0.76f + thick * 1.15f, 0.84f + thick));
        if (d > 1.6f) return d - 0.6f;
        switch (_style)
        {
            case HairStyle.Long or HairStyle.Fringe when _style == HairStyle.Long || !_man:
                var end = _style == HairStyle.Long ? _length : -0.75f;
                var wave = 0.03f * MathF.Sin(q.Y * 9 + q.X * 2);
                d = Solid.Join(d, Solid.Rod(m, new(0.60f + wave, 0.3f, -0.12f), new(0.66f + wave, end, 0.12f), 0.19f, 0.26f), 0.14f);
                d = Solid.Join(d, Solid.Ellipsoid(q - new Vector3(0, (end + 0.5f) / 2, -0.45f), new(0.78f, (0.6f - end) / 2 + 0.15f, 0.4f)), 0.1f);
                break;
            case HairStyle.Curly:
                var low = _man ? 0f : 0.3f;
                d = Solid.Join(d, Solid.Ellipsoid(m - new Vector3(0.6f, -0.05f - low, -0.2f), new(0.3f, 0.35f + low, 0.45f)), 0.2f);
                d = MathF.Max(d, -(q.Y + 0.35f + 2 * low));
                break;
            case HairStyle.Bun:
                d = Solid.Join(d, (q - new Vector3(0, 1.1f, -0.25f)).Length() - 0.27f, 0.06f);
                d = MathF.Max(d, -(q.Y + 0.3f + 0.2f * Solid.Step(0.1f, -0.4f, q.Z)));
                break;
            default:
                d = MathF.Max(d, -(q.Y - 0.02f + 0.25f * MathF.Max(0, m.X - 0.6f) + 0.5f * Solid.Step(0.15f, -0.35f, q.Z)));
                break;
        }

        if (d > 0.2f) return d - 0.12f;
        if (!fine) return Solid.Scoop(d, Opening(q, m, false), 0.05f);
        d -= _style == HairStyle.Curly
            ? 0.075f * body.Draws.Noise(Purpose.Strands, q * 4.6f) + 0.04f * _rough * body.Draws.Noise(Purpose.Strands, q * 10f)
            : 0.035f * _rough * body.Draws.Noise(Purpose.Strands, new(q.X * 7f, q.Y * 2.2f, q.Z * 5f));
        return q.Z < -0.1f ? d : Solid.Scoop(d, Opening(q, m, true), 0.05f);
    }

    /// <summary>The window of the face: an arch whose top is the hairline.</summary>
    private float Opening(Vector3 q, Vector3 m, bool fine)
    {
        var line = _style switch { HairStyle.Fringe => 0.31f, HairStyle.Bun => 0.68f, _ => 0.60f } + (_man && _style != HairStyle.Fringe ? 0.05f * body.Years : 0);
        line += 0.10f * body.Parting * q.X;
        if (fine) line += 0.03f * body.Draws.Noise(Purpose.Strands, new(q.X * 8f, 3.1f, 7.7f));
        if (_style == HairStyle.Fringe) line += 0.05f * m.X * m.X - 0.02f;
        if (_man && _style == HairStyle.Short) line += 0.12f * Solid.Spot(m.X - 0.36f, 0, 0.14f, 1);
        var side = _style switch { HairStyle.Long => 0.53f, HairStyle.Fringe when !_man => 0.53f, HairStyle.Curly => 0.57f, _ => 0.64f };
        var centre = new Vector2(m.X, q.Y - (line - 0.85f));
        var scale = new Vector2(side, 0.85f);
        // fourth-power arch: flatter on top than an ellipse, as hairlines are
        var s = centre / scale;
        var arch = MathF.Sqrt(MathF.Sqrt(s.X * s.X * s.X * s.X + s.Y * s.Y * s.Y * s.Y));
        var d = (arch - 1) * MathF.Min(side, 0.7f);
        if (q.Y < line - 0.85f) d = m.X - side;
        return MathF.Max(d, 0.02f - q.Z);
    }
}
