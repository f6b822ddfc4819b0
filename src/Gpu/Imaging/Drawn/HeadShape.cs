using System.Numerics;

namespace PortraitGen.Gpu.Imaging.Drawn;

/// <summary>Bone and flesh: skull, jaw, cheeks, brow ridge, eye sockets, nose, lips, ears.</summary>
internal sealed class HeadShape(Anatomy body)
{
    private readonly Vector3 _chin = new(0, body.ChinDrop, 0.40f);
    private readonly Vector3 _face = new(body.FaceWidth, 0.80f, 0.66f);
    private readonly Vector3 _jaw = new(body.JawWidth, 0.30f, 0.42f);
    private readonly Vector3 _tip = new(0, body.NoseLong + 0.04f, 0.87f);

    /// <summary>From head space into the space of the even face, in which left mirrors right.</summary>
    public Vector3 Even(Vector3 p)
    {
        var lower = Solid.Step(0.1f, -0.9f, p.Y);
        var x = p.X + body.JawShift * lower;
        if (p.Z > 0.4f && body.NoseBend != 0) x += body.NoseBend * Solid.Spot(p.X, p.Y - body.NoseLong, 0.2f, 0.25f);
        return p with { X = x, Y = p.Y + body.EyeSlant * p.X };
    }

    /// <summary>Distance to skin, for a point in even face space. Without <paramref name="fine"/> the features are left out, save the nose: enough for shadows.</summary>
    public float Distance(Vector3 q, bool fine)
    {
        var m = q with { X = MathF.Abs(q.X) };
        var skull = Solid.Ellipsoid(q - new Vector3(0, 0.26f, -0.16f), new(0.69f, 0.76f, 0.84f));
        if (skull > 1f) return skull - 0.62f;
        var d = Solid.Join(skull, Solid.Ellipsoid(q - new Vector3(0, -0.16f, 0.12f), _face), 0.22f);
        d = Solid.Join(d, Solid.Ellipsoid(q - new Vector3(0, body.ChinDrop + 0.24f, 0.16f), _jaw), 0.2f);
        d = Solid.Join(d, (q - _chin).Length() - 0.13f, 0.22f);
        if (!fine) return q.Z < 0.2f ? d : Solid.Join(d, Solid.Rod(q, new(0, 0.1f, 0.68f), _tip, 0.045f, 0.062f), 0.09f);
        var ear = Solid.Ellipsoid(m - new Vector3(0.70f, -0.07f, -0.08f), new(0.07f, 0.2f, 0.13f));
        d = Solid.Join(d, ear, 0.04f);
        if (q.Z < 0.2f || d > 0.35f) return d;

        var smile = MathF.Max(body.Smile, 0);
        d = Solid.Join(d, (m - new Vector3(0.37f, -0.2f + 0.03f * smile, 0.50f)).Length() - 0.17f - 0.015f * smile, 0.2f);
        d = Solid.Join(d, Solid.Ellipsoid(m - new Vector3(0.22f, body.BrowHigh - 0.02f, 0.66f), new(0.2f, 0.06f, 0.09f)), 0.12f);
        d = Solid.Scoop(d, (m - new Vector3(body.EyeApart - 0.01f, 0.015f, 0.90f)).Length() - 0.19f, 0.13f);
        d = Solid.Join(d, (m - new Vector3(body.EyeApart, 0.0f, 0.565f)).Length() - 0.145f, 0.03f);
        d = Solid.Join(d, Solid.Rod(q, new(0, 0.1f, 0.68f), _tip, 0.055f, 0.085f), 0.09f);
        d = Solid.Join(d, (m - new Vector3(body.NoseWide - 0.03f, body.NoseLong + 0.02f, 0.76f)).Length() - 0.062f, 0.06f);
        var corner = 0.07f * body.Smile * m.X * m.X / (body.MouthWide * body.MouthWide);
        var lip = m - new Vector3(0, body.MouthHigh + corner, 0.60f);
        d = Solid.Join(d, Solid.Ellipsoid(lip - new Vector3(0, 0.04f, 0.07f), new(body.MouthWide, 0.05f, 0.09f)), 0.06f);
        d = Solid.Join(d, Solid.Ellipsoid(lip - new Vector3(0, -0.06f, 0.06f), new(body.MouthWide * 0.8f, 0.055f, 0.09f)), 0.06f);
        return d;
    }
}
