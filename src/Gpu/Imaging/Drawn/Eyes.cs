using System.Numerics;

namespace PortraitGen.Gpu.Imaging.Drawn;

/// <summary>Paints eyes and eyebrows on the face, in even face space.</summary>
internal sealed class Eyes(Anatomy body, Vector3 key)
{
    private readonly Vector3 _lash = Vector3.Min(body.SkinAlbedo * 0.22f, new Vector3(0.05f, 0.035f, 0.03f));
    private readonly Vector3 _brow = BrowAlbedo(body);

    public Surface Paint(Surface skin, Vector3 q)
    {
        if (q.Z < 0.25f || q.Y < -0.25f || q.Y > 0.45f) return skin;
        var side = MathF.Sign(q.X);
        var size = 1 + body.EyeSize * 0.5f * side;
        var u = (MathF.Abs(q.X) - body.EyeApart) / (body.EyeWide * (1 + body.EyeSize * 0.2f * side));
        var y = q.Y - body.EyeHigh - 0.02f * u;
        var albedo = skin.Albedo;

        // the hollow round the eye is darker and a little violet, and so is the crease of the lid
        var hollow = Solid.Spot(u, (y + 0.01f) / 0.1f, 1.25f, 1.0f);
        albedo *= Vector3.Lerp(Vector3.One, new(0.72f, 0.63f, 0.64f), hollow * (0.75f + 0.25f * body.Years));
        if (MathF.Abs(u) > 1.6f) return Brow(skin with { Albedo = albedo }, q, side);

        var arch = MathF.Max(0, 1 - u * u);
        var open = body.EyeOpen * size;
        var upper = open * MathF.Pow(arch, 0.75f);
        var lower = -open * 0.62f * arch;
        var crease = 1 - Solid.Step(0.008f, 0.03f, MathF.Abs(y - upper - 0.04f));
        albedo = Vector3.Lerp(albedo, albedo * new Vector3(0.62f, 0.55f, 0.54f), crease * arch * 0.8f);
        var bag = 1 - Solid.Step(0.01f, 0.035f, MathF.Abs(y + 0.105f - 0.03f * u * u));
        albedo *= 1 - bag * MathF.Max(0, 1 - u * u * 0.8f) * (0.07f + 0.2f * body.Years * (0.4f + 0.6f * body.Grain));

        var inside = Solid.Step(-0.012f, 0.012f, upper - y) * Solid.Step(-0.012f, 0.012f, y - lower) * Solid.Step(1.05f, 0.95f, MathF.Abs(u));
        var glint = 0f;
        var shine = skin.Shine;
        var flesh = skin.Flesh;
        if (inside > 0)
        {
            var white = new Vector3(0.50f, 0.46f, 0.44f) * (0.55f + 0.45f * Solid.Step(0.02f, 0.06f, upper - y + 0.02f));
            var x = MathF.Abs(q.X) - body.EyeApart - side * (body.IrisShift - 0.06f * body.Yaw);
            var r = MathF.Sqrt(x * x + (y - 0.008f) * (y - 0.008f));
            var iris = body.IrisAlbedo * (0.7f + 0.9f * Solid.Step(0.01f, -0.05f, y));
            iris *= 1 - 0.6f * Solid.Step(0.045f, 0.066f, r);
            var pupil = Solid.Step(0.036f, 0.022f, r);
            iris = Vector3.Lerp(iris, new(0.008f), pupil);
            var eye = Vector3.Lerp(white, iris, Solid.Step(0.084f, 0.068f, r));
            albedo = Vector3.Lerp(albedo, eye, inside);
            var gx = q.X - side * body.EyeApart - 0.025f * MathF.Sign(key.X + 0.01f);
            glint = inside * 0.9f * Solid.Step(0.028f, 0.012f, MathF.Sqrt(gx * gx + (y - 0.03f) * (y - 0.03f)));
            shine *= 1 - inside;
            flesh *= 1 - inside;
        }

        // lashes are heavier above, and heavier still on women
        var heavy = body.Person.Gender == Gender.Woman ? 1f : 0.65f;
        var lid = 1 - Solid.Step(0.008f, 0.030f, MathF.Abs(y - upper - 0.004f));
        var under = 1 - Solid.Step(0.004f, 0.018f, MathF.Abs(y - lower));
        var line = MathF.Max(lid * (0.7f + 0.3f * heavy), under * 0.4f * heavy) * Solid.Step(1.2f, 1.0f, MathF.Abs(u));
        albedo = Vector3.Lerp(albedo, _lash, line * 0.92f);
        return Brow(new(albedo, shine * (1 - line), glint * (1 - lid), flesh), q, side);
    }

    private Surface Brow(Surface skin, Vector3 q, float side)
    {
        var s = (MathF.Abs(q.X) - body.EyeApart - 0.01f) / 0.2f;
        if (MathF.Abs(s) > 1.15f) return skin;
        var stern = body.Person.Expression == Expression.Serious ? 0.035f : 0f;
        var middle = body.BrowHigh + 0.035f - 0.045f * (s - 0.25f) * (s - 0.25f) + stern * (s - 0.4f) + side * body.BrowLift * (0.6f + 0.4f * s);
        var thick = body.BrowThick * (1.05f - 0.35f * s) * Solid.Step(1.15f, 0.75f, MathF.Abs(s));
        var hairs = 0.78f + 0.22f * body.Draws.Noise(Purpose.Strands, new(q.X * 26f + q.Y * 22f, q.Y * 9f, side * 5f)) * body.Grain;
        var cover = Solid.Step(thick + 0.014f, thick - 0.014f, MathF.Abs(q.Y - middle)) * hairs;
        return skin with { Albedo = Vector3.Lerp(skin.Albedo, _brow, cover * 0.85f), Shine = skin.Shine * (1 - cover) };
    }

    private static Vector3 BrowAlbedo(Anatomy body)
    {
        // brows are darker than light hair, and grey later than it
        var hair = body.HairAlbedo * (body.Person.HairColour >= HairColour.Blond ? 0.45f : 0.8f);
        return Vector3.Lerp(hair, body.SkinAlbedo * 0.25f, 0.25f);
    }
}
