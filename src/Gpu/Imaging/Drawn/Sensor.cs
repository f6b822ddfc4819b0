using System.Numerics;

namespace PortraitGen.Gpu.Imaging.Drawn;

/// <summary>The camera of the captured look: defocus, fall-off, white-balance cast, noise that grows with the signal.</summary>
internal static class Sensor
{
    /// <summary>Standard deviation of the noise at mid grey, in sRGB units of 0..1.</summary>
    private const float Level = 0.015f;

    public static Vector3[] Expose(Vector3[] linear, int size, Draws draws)
    {
        var scale = size / 64f;
        var image = Lens.Blur(linear, size, draws.Between(Purpose.Lens, 0, 0.30f, 0.45f) * scale);
        Lens.FallOff(image, size, draws.Between(Purpose.Lens, 1, 0.25f, 0.5f));
        var cast = new Vector3(draws.Between(Purpose.Lens, 2, 0.95f, 1.07f), 1, draws.Between(Purpose.Lens, 3, 0.92f, 1.05f));
        var gain = draws.Between(Purpose.Lens, 4, 0.7f, 1.3f) * Level;
        var grey = Correlated(size, draws, Purpose.SensorNoise);
        var colour = Correlated(size, draws, Purpose.SensorColour);
        for (var i = 0; i < image.Length; i++)
        {
            var v = Tone.Develop(image[i] * cast * 1.12f, saturation: 0.93f, contrast: 0.16f);
            var luma = Tone.Luma(v);
            var amount = gain * (0.65f + 0.7f * MathF.Sqrt(MathF.Max(luma, 0)));
            image[i] = v + (new Vector3(grey[i].X) + 0.4f * colour[i]) * amount;
        }

        return image;
    }

    /// <summary>Unit-variance noise correlated over about 1.5 pixels, so that it outlives a latent code of coarser cells.</summary>
    private static Vector3[] Correlated(int size, Draws draws, Purpose purpose)
    {
        var white = new Vector3[size * size];
        for (var i = 0; i < white.Length; i++)
            white[i] = new(draws.Normal(purpose, 3 * i), draws.Normal(purpose, 3 * i + 1), draws.Normal(purpose, 3 * i + 2));
        var sigma = 0.62f;
        var soft = Lens.Blur(white, size, sigma);
        var sum = 0f;
        foreach (var v in soft) sum += v.LengthSquared();
        var unit = 1 / MathF.Sqrt(sum / (3 * soft.Length));
        for (var i = 0; i < soft.Length; i++) soft[i] *= unit;
        return soft;
    }
}
