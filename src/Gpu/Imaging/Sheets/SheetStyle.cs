using SkiaSharp;

namespace PortraitGen.Gpu.Imaging.Sheets;

/// <summary>The font and colours that contact sheets and plots share.</summary>
/// <remarks>The font is embedded: Skia's build without dependencies finds no system fonts.</remarks>
internal static class SheetStyle
{
    public static readonly SKColor Paper = new(0xFF, 0xFF, 0xFF);
    public static readonly SKColor Ink = new(0x1F, 0x29, 0x33);
    public static readonly SKColor Faint = new(0x66, 0x70, 0x7C);
    public static readonly SKColor Grid = new(0xE6, 0xE9, 0xED);
    public static readonly SKColor Axis = new(0x9A, 0xA3, 0xAE);

    /// <summary>Colours of series; told apart by the colour-blind too. Source: Okabe and Ito, "Color universal design", 2008, reordered and darkened.</summary>
    private static readonly SKColor[] Series =
    [
        new(0x00, 0x6B, 0xB3), new(0xD5, 0x5E, 0x00), new(0x00, 0x8F, 0x68), new(0xB8, 0x4F, 0x8F), new(0xC4, 0x8A, 0x00), new(0x3A, 0x9C, 0xD9), new(0x4A, 0x4A, 0x4A),
    ];

    private static readonly Lazy<SKTypeface> Face = new(() =>
    {
        using var font = typeof(SheetStyle).Assembly.GetManifestResourceStream("DejaVuSans.ttf")
            ?? throw new InvalidOperationException("The embedded font DejaVuSans.ttf is missing from the build.");
        return SKTypeface.FromStream(font) ?? throw new InvalidOperationException("The embedded font DejaVuSans.ttf cannot be read.");
    });

    public static SKColor SeriesColour(int index) => Series[index % Series.Length];

    public static SKFont Font(float size, bool bold = false) => new(Face.Value, size) { Embolden = bold, Subpixel = true, Edging = SKFontEdging.Antialias, Hinting = SKFontHinting.None };

    public static void Text(SKCanvas canvas, string text, float x, float baseline, SKTextAlign align, SKFont font, SKColor colour)
    {
        using var paint = new SKPaint { Color = colour, IsAntialias = true };
        canvas.DrawText(text, x, baseline, align, font, paint);
    }

    /// <summary>Breaks <paramref name="text"/> at words into at most <paramref name="maxLines"/> lines; what is left over ends in an ellipsis.</summary>
    public static IReadOnlyList<string> Wrap(string text, SKFont font, float width, int maxLines)
    {
        var lines = new List<string>();
        var rest = text.AsSpan().Trim();
        while (rest.Length > 0 && lines.Count < maxLines)
        {
            int fits = Fit(rest, font, width);
            if (fits == rest.Length) { lines.Add(rest.ToString()); return lines; }
            if (lines.Count == maxLines - 1)
            {
                lines.Add(rest[..Math.Max(1, Fit(rest, font, width - font.MeasureText("…")))].TrimEnd().ToString() + "…");
                return lines;
            }
            int word = rest[..(fits + 1)].LastIndexOf(' ');
            int cut = word > 0 ? word : Math.Max(1, fits);
            lines.Add(rest[..cut].TrimEnd().ToString());
            rest = rest[cut..].TrimStart();
        }
        return lines;
    }

    /// <summary>How many leading characters fit. Measured, not asked of <c>BreakText</c>, whose unit is not the same in all versions.</summary>
    private static int Fit(ReadOnlySpan<char> text, SKFont font, float width)
    {
        int count = text.Length;
        while (count > 0 && font.MeasureText(text[..count]) > width) count--;
        return count;
    }

    public static byte[] Png(SKSurface surface)
    {
        using var pixels = surface.PeekPixels();
        using var png = pixels.Encode(new SKPngEncoderOptions(SKPngEncoderFilterFlags.AllFilters, 7)) ?? throw new InvalidOperationException("The sheet could not be encoded as PNG.");
        return png.ToArray();
    }

    /// <summary>A surface of <paramref name="width"/> x <paramref name="height"/> units, each <paramref name="density"/> pixels, filled with paper.</summary>
    public static SKSurface Surface(float width, float height, float density)
    {
        var info = new SKImageInfo((int)Math.Ceiling(width * density), (int)Math.Ceiling(height * density), SKColorType.Rgba8888, SKAlphaType.Opaque);
        var surface = SKSurface.Create(info) ?? throw new InvalidOperationException($"There is no memory for a sheet of {info.Width}x{info.Height} pixels: show fewer or smaller images.");
        surface.Canvas.Clear(Paper);
        surface.Canvas.Scale(density);
        return surface;
    }
}
