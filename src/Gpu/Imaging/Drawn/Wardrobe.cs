using System.Numerics;

namespace PortraitGen.Gpu.Imaging.Drawn;

/// <summary>Cloth: a tee, a shirt with a collar, or a jacket over a shirt.</summary>
internal sealed class Wardrobe(Anatomy body)
{
    private readonly Vector3 _cloth = Pigment.Cloth(body.Person.Cloth);
    private readonly Vector3 _inner = body.Person.Cloth == ClothColour.White ? new(0.10f, 0.13f, 0.2f) : new(0.72f, 0.71f, 0.68f);

    /// <summary>The surface at a point of trunk space.</summary>
    public Surface Paint(Vector3 t)
    {
        var m = MathF.Abs(t.X);
        var albedo = _cloth;
        var drop = t.Y + 1.12f;
        var front = Solid.Step(-0.25f, 0.05f, t.Z);
        switch (body.Person.Cut)
        {
            case ClothCut.Shirt:
                // two collar points, and the row of buttons
                var leaf = Solid.Step(0.02f, -0.02f, m - 0.40f - 0.25f * drop) * Solid.Step(-0.40f, -0.36f, drop) * front;
                albedo *= 1 + 0.12f * leaf;
                albedo *= 1 - 0.4f * front * Solid.Spot(m - 0.42f - 0.25f * drop, 0, 0.025f, 1) * Solid.Step(-0.42f, -0.34f, drop);
                albedo *= 1 - 0.3f * front * Solid.Spot(t.X - 0.03f, 0, 0.02f, 1) * Solid.Step(-0.38f, -0.44f, drop);
                break;
            case ClothCut.Jacket:
                var lapel = m - 0.36f - 0.34f * drop;
                albedo = Vector3.Lerp(albedo, _inner, Solid.Step(0.015f, -0.015f, lapel) * front);
                albedo *= 1 - 0.5f * front * Solid.Spot(lapel - 0.02f, 0, 0.03f, 1) - 0.3f * front * Solid.Spot(lapel - 0.22f, 0, 0.025f, 1);
                break;
            default:
                albedo *= 1 - 0.25f * front * Solid.Spot(0, drop + 0.21f + 0.1f * Solid.Spot(t.X, 0, 0.3f, 1), 1, 0.025f);
                break;
        }

        var fold = body.Draws.Noise(Purpose.Canvas, new(t.X * 3.2f + t.Y * 2, t.Y * 2.4f, 5));
        var weave = body.Draws.Noise(Purpose.Canvas, t * 16f);
        return new(albedo * (1 + 0.14f * fold + 0.05f * body.Grain * weave), 0.03f, 0, 0);
    }
}
