namespace PortraitGen.Gpu.Imaging.Drawn;

/// <summary>Portraits of people who do not exist, drawn from a seed alone. Pure, deterministic and safe on any number of threads.</summary>
public static class DrawnPortrait
{
    /// <summary>Draws one portrait.</summary>
    /// <param name="seed">Who, how posed, how lit.</param>
    /// <param name="look">Through a camera, or with the flaws of a generator.</param>
    /// <param name="size">Width and height in pixels, 32 to 256.</param>
    /// <exception cref="ArgumentOutOfRangeException">The size is outside 32..256.</exception>
    public static RgbImage Render(ulong seed, Look look, int size = 64)
    {
        if (size is < 32 or > 256) throw new ArgumentOutOfRangeException(nameof(size), size, "a drawn portrait is 32 to 256 pixels wide; ask for a size in that range");
        const int Over = 2;
        var draws = new Draws(seed);
        var studio = new Studio(new Anatomy(PortraitAttributes.Draw(seed), draws, look));
        var fine = studio.Expose(size * Over);
        var linear = Lens.Shrink(fine, size, Over);
        var shown = look == Look.Captured ? Sensor.Expose(linear, size, draws) : Gloss.Finish(linear, size);
        var rgb = new byte[size * size * 3];
        for (var i = 0; i < shown.Length; i++)
        {
            rgb[3 * i] = Quantise(shown[i].X);
            rgb[3 * i + 1] = Quantise(shown[i].Y);
            rgb[3 * i + 2] = Quantise(shown[i].Z);
        }

        return new(size, size, rgb);
    }

    /// <summary>What a person would say of the portrait, in at most <see cref="PortraitCaption.LongestInWords"/> words; the same for both looks.</summary>
    public static string Caption(ulong seed) => PortraitCaption.Of(PortraitAttributes.Draw(seed));

    private static byte Quantise(float v) => (byte)(Math.Clamp(v, 0f, 1f) * 255f + 0.5f);
}
