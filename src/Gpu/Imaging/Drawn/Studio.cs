using System.Numerics;

namespace PortraitGen.Gpu.Imaging.Drawn;

/// <summary>Shades what each ray meets. One instance paints one portrait; it holds nothing that changes.</summary>
internal sealed class Studio
{
    private static readonly Vector3 Camera = new(0, -0.30f, 8f);
    private readonly Anatomy _body;
    private readonly Sculpture _sculpture;
    private readonly LightRig _rig;
    private readonly Eyes _eyes;
    private readonly Mouth _mouth;
    private readonly Complexion _skin;
    private readonly Wardrobe _cloth;
    private readonly Backdrop _wall;
    private readonly Spectacles _glasses;
    private readonly bool _ai;

    public Studio(Anatomy body)
    {
        _body = body;
        _sculpture = new(body);
        _rig = LightRig.For(body);
        _eyes = new(body, _rig.ToKey);
        _mouth = new(body);
        _skin = new(body);
        _cloth = new(body);
        _wall = new(body, _rig);
        _glasses = new(body, _sculpture);
        _ai = body.Look == Look.Ai;
    }

    /// <summary>Linear colours of a square frame of <paramref name="wide"/> x <paramref name="wide"/> samples, row by row from the top.</summary>
    public Vector3[] Expose(int wide)
    {
        const int Block = 8;
        var samples = new Vector3[wide * wide];
        float At(float i) => (i + 0.5f) / wide * 2 - 1;
        var spread = 0.75f * Block * _body.Zoom / wide;
        for (var top = 0; top < wide; top += Block)
            for (var left = 0; left < wide; left += Block)
            {
                // neighbours share the empty way to the sitter
                var start = _sculpture.Approach(From, Along(At(left + Block / 2 - 0.5f), -At(top + Block / 2 - 0.5f)), spread);
                for (var y = top; y < Math.Min(top + Block, wide); y++)
                    for (var x = left; x < Math.Min(left + Block, wide); x++)
                        samples[y * wide + x] = Vector3.Min(Expose(At(x), -At(y), start), new Vector3(4));
            }

        return samples;
    }

    private Vector3 From => Camera + _body.Shift;

    private Vector3 Along(float x, float y) => Vector3.Normalize(new Vector3(x, y, 0) * (_body.Zoom / 2) + new Vector3(0, Camera.Y, 0) - Camera);

    private Vector3 Expose(float x, float y, float start)
    {
        var from = From;
        var along = Along(x, y);
        var material = _sculpture.Trace(from, along, start, out var hit);
        var seen = material == Material.None ? _wall.At(x, y) : Shade(material, hit, along);
        var depth = material == Material.None ? -9f : _sculpture.ToHead(hit).Z;
        return _glasses.Over(seen, from, along, depth, _rig.Key * 0.6f + _rig.Fill);
    }

    private Vector3 Shade(Material material, Vector3 p, Vector3 along)
    {
        var n = _sculpture.Normal(p, material);
        var q = _sculpture.ToFace(p);
        var surface = material switch
        {
            Material.Skin => _glasses.Paint(_eyes.Paint(_mouth.Paint(_skin.Paint(q), q), q), q),
            Material.Cloth => _cloth.Paint(_sculpture.ToTrunk(p)),
            _ => new Surface(_body.HairAlbedo, 0, 0, 0),
        };
        var facing = Vector3.Dot(n, _rig.ToKey);
        var lit = facing > -0.3f ? 1 - _rig.Shadow * (1 - _sculpture.Lit(p + n * 0.02f, _rig.ToKey, _rig.Softness)) : 1;
        var open = _sculpture.Open(p, n);
        var edge = 1 + Vector3.Dot(n, along);
        if (material == Material.Skin) edge *= Solid.Step(0.62f, 0.25f, q.Z);
        var rim = edge * edge * edge * Solid.Step(-0.5f, 0.5f, n.Y + 0.3f * MathF.Abs(n.X));
        if (material == Material.Hair) return Hair(q, n, along, lit, open, rim);

        // red light travels further under the skin than green and blue: a warm terminator
        var wrap = surface.Flesh * (_ai ? new Vector3(0.50f, 0.36f, 0.30f) : new Vector3(0.34f, 0.17f, 0.11f)) + new Vector3(0.04f);
        var diffuse = Vector3.Max((new Vector3(facing) + wrap) / (Vector3.One + wrap), Vector3.Zero);
        var shadow = Vector3.Lerp(new Vector3(lit), new(MathF.Sqrt(lit), lit, lit), surface.Flesh * 0.7f);
        var sky = 0.72f + 0.28f * n.Y;
        var colour = surface.Albedo * (_rig.Key * diffuse * shadow + _rig.Fill * (open * sky) + _rig.Rim * (rim * 0.9f));

        var half = Vector3.Normalize(_rig.ToKey - along);
        var h = MathF.Max(0, Vector3.Dot(n, half));
        var mirror = _ai
            ? surface.Shine * surface.Flesh * (0.42f * MathF.Pow(h, 34) + 0.13f * MathF.Pow(h, 9))
            : surface.Shine * (0.05f * MathF.Pow(h, 14));
        return colour + _rig.Key * (mirror * lit) + (_rig.Key + _rig.Fill) * (surface.Glint * 0.75f);
    }

    /// <summary>Strands: two shifted highlights across the direction of growth (after Kajiya and Kay, Marschner).</summary>
    private Vector3 Hair(Vector3 q, Vector3 n, Vector3 along, float lit, float open, float rim)
    {
        var curly = _body.Person.Hair == HairStyle.Curly;
        var fine = _ai ? 0.55f : 1f;
        var part = q.X - 0.25f * _body.Parting;
        var grow = curly
            ? new Vector3(_body.Draws.Noise(Purpose.Strands, q * 5), -0.6f, _body.Draws.Noise(Purpose.Strands, q * 5 + new Vector3(9)))
            : new Vector3(MathF.Sign(part) * MathF.Min(1, MathF.Abs(part) * 2.5f) * Solid.Step(0.2f, 0.9f, q.Y), -1f, 0.35f * Solid.Step(0.3f, 0.9f, q.Y));
        var local = _sculpture.FromHead(grow);
        var tangent = Vector3.Normalize(local - n * Vector3.Dot(local, n) + new Vector3(0, -0.001f, 0));
        var across = q.Y > 0.45f ? MathF.Atan2(q.X, q.Y - 0.1f) * 0.9f : q.X;
        var strand = curly
            ? 0.7f * _body.Draws.Noise(Purpose.Strands, q * 9f) + 0.4f * _body.Draws.Noise(Purpose.Strands, q * 15f)
            : 0.6f * _body.Draws.Noise(Purpose.Strands, new(across * 19f, q.Y * 1.7f, q.Z * 5f)) + 0.6f * _body.Draws.Noise(Purpose.Strands, new(across * 9f, q.Y * 1.3f, q.Z * 3f));
        var bumped = tangent + n * (0.18f * strand);
        var half = Vector3.Normalize(_rig.ToKey - along);
        var th = Vector3.Dot(Vector3.Normalize(bumped), half);
        var sheen = MathF.Pow(MathF.Max(0, 1 - th * th), _ai ? 26 : 16);
        var facing = MathF.Max(0, (Vector3.Dot(n, _rig.ToKey) + 0.25f) / 1.25f);
        var albedo = _body.HairAlbedo * (1 + (curly ? 0.55f : 0.42f) * fine * strand);
        var rootShade = 0.75f + 0.25f * open;
        var colour = albedo * (_rig.Key * (facing * lit) + _rig.Fill * (open * (0.7f + 0.3f * n.Y))) * rootShade;
        var gleam = (_ai ? 0.34f : 0.20f) * sheen * facing * lit * (1 + 0.7f * fine * strand);
        colour += _rig.Key * gleam * (_body.HairAlbedo * 1.6f + new Vector3(0.06f));
        return colour + _rig.Rim * rim * (albedo * 1.4f + new Vector3(0.05f));
    }
}
