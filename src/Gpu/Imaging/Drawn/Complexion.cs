using System.Numerics;

namespace PortraitGen.Gpu.Imaging.Drawn;

/// <summary>The skin itself: tone, blush, blotches, pores, freckles, wrinkles, beard.</summary>
internal sealed class Complexion(Anatomy body)
{
    private readonly float _freckled = body.Person.Skin <= SkinTone.Fair && body.Draws.Unit(Purpose.Freckles, 999) < 0.4f ? 1f : 0.25f;
    private readonly float _depth = body.Person.Skin switch { SkinTone.Pale => 1f, SkinTone.Fair => 0.95f, SkinTone.Tan => 0.8f, _ => 0.55f };

    public Surface Paint(Vector3 q)
    {
        var draws = body.Draws;
        var albedo = body.SkinAlbedo;
        var m = q with { X = MathF.Abs(q.X) };
        var front = Solid.Step(0.05f, 0.4f, q.Z);
        var rosy = Solid.Spot(m.X - 0.38f, q.Y + 0.3f, 0.2f, 0.17f) + 0.9f * Solid.Spot(m.X, q.Y - body.NoseLong, 0.12f, 0.12f)
            + 0.4f * Solid.Spot(m.X, q.Y - body.ChinDrop, 0.2f, 0.12f) + 0.6f * (1 - front) * Solid.Spot(m.X - 0.72f, q.Y + 0.05f, 0.15f, 0.25f);
        albedo *= Vector3.Lerp(Vector3.One, new(1.03f, 0.80f, 0.78f), Math.Clamp(rosy, 0, 1) * _depth);
        var nostril = Solid.Spot(m.X - body.NoseWide * 0.58f, q.Y - body.NoseLong + 0.045f, 0.034f, 0.022f) * Solid.Step(0.55f, 0.66f, q.Z);
        var wing = Solid.Spot(m.X - body.NoseWide - 0.03f, q.Y - body.NoseLong - 0.01f, 0.022f, 0.05f) * front;
        albedo *= 1 - 0.82f * nostril - 0.28f * wing;
        albedo *= 1 - Wrinkles(q, m) * front;
        if (body.Grain > 0)
        {
            // mottling at 2 to 6 pixels of a 64-pixel portrait, finer pores above it
            var blotch = 0.6f * draws.Noise(Purpose.Mottle, q * 4.2f) + 0.5f * draws.Noise(Purpose.Mottle, q * 8.5f + new Vector3(7));
            var pore = draws.Noise(Purpose.Mottle, q * 15f + new Vector3(19));
            var red = draws.Noise(Purpose.Mottle, q * 5.5f + new Vector3(41));
            albedo *= 1 + 0.08f * blotch + (0.048f + 0.045f * body.Years) * pore;
            albedo *= new Vector3(1 + 0.03f * red, 1 - 0.045f * red * _depth, 1 - 0.05f * red * _depth);
            var spot = draws.Noise(Purpose.Freckles, q * 11f + new Vector3(3));
            var where = body.Years > 0.9f ? 1f : Solid.Spot(q.X, q.Y + 0.18f, 0.6f, 0.28f);
            albedo *= Vector3.Lerp(Vector3.One, new(0.70f, 0.56f, 0.48f), Solid.Step(0.42f, 0.68f, spot) * where * MathF.Max(_freckled, 0.6f * body.Years));
        }

        var zone = Solid.Spot(q.X, q.Y - 0.42f, 0.42f, 0.22f) + Solid.Spot(q.X, q.Y + 0.15f, 0.09f, 0.3f)
            + 0.9f * Solid.Spot(m.X - 0.36f, q.Y + 0.16f, 0.17f, 0.14f) + 0.5f * Solid.Spot(q.X, q.Y - body.ChinDrop - 0.05f, 0.14f, 0.1f);
        var shine = 0.25f + MathF.Min(zone, 1);
        return Bearded(new(albedo, shine, 0, 1), q, m);
    }

    private float Wrinkles(Vector3 q, Vector3 m)
    {
        var age = body.Years * (0.45f + 0.55f * body.Grain);
        // the fold from the wing of the nose to the corner of the mouth
        var t = Math.Clamp((body.NoseLong - q.Y) / (body.NoseLong - body.MouthHigh + 0.05f), -0.1f, 1.3f);
        var fold = Solid.Spot(m.X - body.NoseWide - 0.045f - t * (body.MouthWide * 0.62f), 0, 0.035f, 1) * Solid.Step(-0.1f, 0.15f, t) * Solid.Step(1.3f, 0.9f, t);
        var dark = fold * (0.06f + 0.20f * age + 0.14f * MathF.Max(body.Smile, 0));
        if (age < 0.1f) return dark;
        var brow = MathF.Sin((q.Y + 0.03f * MathF.Cos(q.X * 5)) * 52f);
        dark += 0.24f * age * MathF.Max(0, brow) * Solid.Spot(q.X, q.Y - 0.45f, 0.36f, 0.12f);
        var crow = MathF.Sin(MathF.Atan2(q.Y, m.X - 0.33f) * 11f);
        dark += 0.26f * age * MathF.Max(0, crow) * Solid.Spot(m.X - 0.49f, q.Y, 0.09f, 0.12f);
        dark += 0.2f * age * Solid.Spot(m.X - 0.045f, q.Y - 0.17f, 0.014f, 0.07f);
        return dark + 0.12f * age * Solid.Spot(m.X - 0.34f, q.Y + 0.52f, 0.07f, 0.22f);
    }

    private Surface Bearded(Surface skin, Vector3 q, Vector3 m)
    {
        var kind = body.Person.Beard;
        if (kind == Beard.None) return skin;
        var lip = Solid.Spot(q.X, q.Y - (body.MouthHigh + body.NoseLong) / 2 + 0.012f, body.MouthWide * 1.05f, 0.075f);
        lip = Solid.Step(0.3f, 0.55f, lip) * Solid.Step(0.3f, 0.5f, q.Z);
        var edge = 0.06f * body.Draws.Noise(Purpose.Strands, q * 6f);
        var line = -0.36f - 0.36f * Solid.Step(0.55f, 0.15f, m.X) + edge;
        var jaw = Solid.Step(line + 0.06f, line - 0.08f, q.Y) * Solid.Step(body.ChinDrop - 0.28f, body.ChinDrop - 0.1f, q.Y) * Solid.Step(-0.15f, 0f, q.Z);
        var bare = Solid.Spot(q.X, q.Y - body.MouthHigh + 0.01f, body.MouthWide * 1.02f, 0.085f);
        jaw *= Solid.Step(0.5f, 0.3f, bare);
        jaw = MathF.Max(jaw, Solid.Spot(q.X, q.Y - body.MouthHigh + 0.16f, 0.11f, 0.06f));
        var area = kind == Beard.Moustache ? lip : MathF.Max(jaw, lip);
        var hairs = body.Draws.Noise(Purpose.Strands, new(q.X * 16f, q.Y * 7f, q.Z * 12f));
        var cover = area * (kind == Beard.Stubble ? 0.38f + 0.16f * hairs * body.Grain : 0.90f + 0.1f * hairs);
        var colour = body.HairAlbedo * 0.85f * (1 + hairs * (0.25f + 0.3f * body.Grain));
        return skin with { Albedo = Vector3.Lerp(skin.Albedo, colour, Math.Clamp(cover, 0, 1)), Shine = skin.Shine * (1 - 0.9f * area) };
    }
}
