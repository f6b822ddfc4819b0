using System.Numerics;

namespace PortraitGen.Gpu.Imaging.Drawn;

/// <summary>The wall behind: one colour, a pool of light, and before a camera the blotches of a painted canvas.</summary>
internal sealed class Backdrop(Anatomy body, LightRig rig)
{
    private readonly Vector3 _paint = Pigment.Backdrop(body.Person.Backdrop);
    private readonly Vector3 _cast = Vector3.Lerp(Vector3.One, (rig.Key + rig.Fill) / (rig.Key + rig.Fill).Y, 0.35f);
    private readonly float _poolX = body.Draws.Between(Purpose.Canvas, 1, -0.7f, 0.7f);
    private readonly float _poolY = body.Draws.Between(Purpose.Canvas, 2, -0.8f, 0.6f);
    private readonly float _depth = body.Draws.Between(Purpose.Canvas, 3, 0.35f, 0.65f);

    /// <summary>Linear colour at frame position (x, y), each in [-1, 1].</summary>
    public Vector3 At(float x, float y)
    {
        var pool = Solid.Spot(x - _poolX, y - _poolY, 1.1f, 1.1f);
        var lit = 1 - _depth + (0.25f + _depth) * pool + 0.12f * y;
        var at = new Vector3(x * 2.2f, y * 2.2f, 9);
        var blotch = 0.07f * body.Draws.Noise(Purpose.Canvas, at)
            + body.Grain * (0.07f * body.Draws.Noise(Purpose.Canvas, at * 2.6f) + 0.03f * body.Draws.Noise(Purpose.Canvas, at * 6.5f));
        return _paint * _cast * MathF.Max(0.1f, lit + blotch * (0.5f + lit * 0.5f));
    }
}
