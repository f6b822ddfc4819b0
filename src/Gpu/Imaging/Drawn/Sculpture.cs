using System.Numerics;

namespace PortraitGen.Gpu.Imaging.Drawn;

internal enum Material { None, Skin, Hair, Cloth }

/// <summary>The whole sitter as one distance field: head on neck on shoulders, hair and clothing.</summary>
internal sealed class Sculpture
{
    private static readonly Vector3 Pivot = new(0, -0.55f, -0.2f);
    private const float Near = 1.5f, Far = -1.4f;
    private readonly Anatomy _body;
    private readonly HeadShape _head;
    private readonly HairShape _hair;
    private readonly Vector3 _right, _up, _front;
    private readonly float _turn, _collar;

    public Sculpture(Anatomy body)
    {
        _body = body;
        _head = new(body);
        _hair = new(body);
        var pose = Quaternion.CreateFromYawPitchRoll(body.Yaw, -body.Pitch, body.Roll);
        _right = Vector3.Transform(Vector3.UnitX, pose);
        _up = Vector3.Transform(Vector3.UnitY, pose);
        _front = Vector3.Transform(Vector3.UnitZ, pose);
        _turn = 0.35f * body.Yaw;
        _collar = body.Person.Cut == ClothCut.Tee ? -1.26f : -1.12f;
    }

    /// <summary>World to even face space.</summary>
    public Vector3 ToFace(Vector3 p) => _head.Even(ToHead(p));

    /// <summary>A direction of head space in the world.</summary>
    public Vector3 FromHead(Vector3 v) => _right * v.X + _up * v.Y + _front * v.Z;

    public Vector3 DirectionToHead(Vector3 v) => new(Vector3.Dot(v, _right), Vector3.Dot(v, _up), Vector3.Dot(v, _front));

    public Vector3 ToHead(Vector3 p) => DirectionToHead(p - Pivot) + Pivot;

    /// <summary>World to the space of the trunk, which turns less than the head.</summary>
    public Vector3 ToTrunk(Vector3 p) => p with { X = p.X + _turn * p.Z, Z = p.Z - _turn * p.X };

    /// <summary>Distance to the nearest of all, with the fine rim of the hair.</summary>
    public float Distance(Vector3 p, out Material material)
    {
        var q = ToFace(p);
        var t = ToTrunk(p);
        var (neck, trunk) = Base(p, t);
        material = Material.Skin;
        var d = Skin(q, neck, trunk, true);
        var cloth = Cloth(t, neck, trunk);
        if (cloth < d) (d, material) = (cloth, Material.Cloth);
        var hair = _hair.Distance(q, true);
        if (hair < d) (d, material) = (hair, Material.Hair);
        return d;
    }

    /// <summary>The direction in which one material rises fastest; the other materials do not bend it.</summary>
    public Vector3 Normal(Vector3 p, Material material)
    {
        const float E = 0.009f;
        Vector3 a = new(E, -E, -E), b = new(-E, -E, E), c = new(-E, E, -E), d = new(E, E, E);
        return Vector3.Normalize(a * Only(p + a, material) + b * Only(p + b, material) + c * Only(p + c, material) + d * Only(p + d, material));
    }

    /// <summary>How far a bundle of rays about one ray, <paramref name="spread"/> wide, may go unseen; infinite when all of it misses.</summary>
    public float Approach(Vector3 from, Vector3 along, float spread)
    {
        var t = (Near - from.Z) / along.Z;
        var end = (Far - from.Z) / along.Z;
        while (t < end)
        {
            var d = Coarse(from + along * t) - spread - 0.04f;
            if (d < 0.02f) return t;
            t += d * 0.88f;
        }

        return float.PositiveInfinity;
    }

    /// <summary>Where a ray first meets the sitter, looked for from <paramref name="start"/> on.</summary>
    public Material Trace(Vector3 from, Vector3 along, float start, out Vector3 hit)
    {
        var t = start;
        var end = (Far - from.Z) / along.Z;
        for (var step = 0; step < 48 && t < end; step++)
        {
            hit = from + along * t;
            var d = Distance(hit, out var material);
            if (d < 0.008f) return material;
            t += MathF.Max(d * 0.94f, 0.006f);
        }

        hit = default;
        return Material.None;
    }

    /// <summary>How much of a lamp reaches a point: 1 open, 0 in full shadow, with a soft edge.</summary>
    public float Lit(Vector3 p, Vector3 toLamp, float softness)
    {
        var lit = 1f;
        var t = 0.06f;
        for (var step = 0; step < 6 && t < 1.1f; step++)
        {
            var d = Coarse(p + toLamp * t);
            lit = MathF.Min(lit, 0.5f + 0.5f * d * softness / t);
            if (lit <= 0) return 0;
            t += Math.Clamp(d, 0.1f, 0.4f);
        }

        return lit * lit * (3 - 2 * lit);
    }

    /// <summary>Openness of the surroundings, 0..1: creases are dark.</summary>
    public float Open(Vector3 p, Vector3 n)
    {
        return Math.Clamp(0.3f + 0.7f * Coarse(p + n * 0.16f) / 0.16f, 0.2f, 1f);
    }

    private float Coarse(Vector3 p)
    {
        var q = ToFace(p);
        var t = ToTrunk(p);
        var (neck, trunk) = Base(p, t);
        return MathF.Min(MathF.Min(Skin(q, neck, trunk, false), Cloth(t, neck, trunk)), _hair.Distance(q, false));
    }

    private float Only(Vector3 p, Material material)
    {
        if (material == Material.Hair) return _hair.Distance(ToFace(p), true);
        var t = ToTrunk(p);
        var (neck, trunk) = Base(p, t);
        return material == Material.Cloth ? Cloth(t, neck, trunk) : Skin(ToFace(p), neck, trunk, true);
    }

    private (float Neck, float Trunk) Base(Vector3 p, Vector3 t) => p.Y > 0.1f ? (9, 9) : (
        Solid.Rod(p, new(0, -0.55f, -0.22f), new(0, -1.6f, -0.36f), _body.NeckThick * 0.95f, _body.NeckThick * 1.05f),
        Solid.Ellipsoid(t - new Vector3(0, -2.20f, -0.38f), new(_body.Shoulders, 0.98f, 0.62f)));

    private float Skin(Vector3 q, float neck, float trunk, bool fine) => Solid.Join(Solid.Join(_head.Distance(q, fine), neck, 0.1f), trunk, 0.34f);

    private float Cloth(Vector3 t, float neck, float trunk)
    {
        var chest = Solid.Join(trunk, neck, 0.34f) - 0.045f;
        return chest > 0.4f ? chest : Solid.Scoop(chest, -(t.Y - Neckline(t)), 0.03f);
    }

    private float Neckline(Vector3 t)
    {
        var front = Solid.Step(-0.3f, 0.2f, t.Z);
        var v = _body.Person.Cut == ClothCut.Tee ? -0.10f * front * Solid.Spot(t.X, 0, 0.3f, 1) : -0.42f * front * MathF.Max(0, 1 - MathF.Abs(t.X) / 0.3f);
        return _collar + v;
    }
}
