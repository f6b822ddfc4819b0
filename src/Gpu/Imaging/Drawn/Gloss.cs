using System.Numerics;

namespace PortraitGen.Gpu.Imaging.Drawn;

/// <summary>The finish of the AI look: bloom over the bright parts, strong colour, no noise at all.</summary>
internal static class Gloss
{
    public static Vector3[] Finish(Vector3[] linear, int size)
    {
        linear = Lens.Blur(linear, size, 0.4f * size / 64f);
        var glow = Lens.Blur(linear, size, 2.6f * size / 64f);
        var image = new Vector3[linear.Length];
        for (var i = 0; i < image.Length; i++)
        {
            var halo = Vector3.Max(glow[i] - new Vector3(0.12f), Vector3.Zero);
            image[i] = Tone.Develop(linear[i] * 0.94f + halo * 0.26f, saturation: 1.2f, contrast: 0.28f);
        }

        return image;
    }
}
