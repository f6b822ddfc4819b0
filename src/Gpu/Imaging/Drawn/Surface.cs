using System.Numerics;

namespace PortraitGen.Gpu.Imaging.Drawn;

/// <summary>What a point of the sitter is made of.</summary>
/// <param name="Albedo">Diffuse reflectance, linear.</param>
/// <param name="Shine">Strength of the mirror-like part.</param>
/// <param name="Glint">Light added whatever the lamps do: the catch-light of an eye.</param>
/// <param name="Flesh">1 where light bleeds through (skin), 0 elsewhere.</param>
internal readonly record struct Surface(Vector3 Albedo, float Shine, float Glint, float Flesh);
