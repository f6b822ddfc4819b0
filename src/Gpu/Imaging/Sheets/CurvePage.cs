using SkiaSharp;

namespace PortraitGen.Gpu.Imaging.Sheets;

/// <summary>Several plots on one page: curves of different units do not share an axis.</summary>
/// <param name="Title">Over all plots; may be empty.</param>
/// <param name="Plots">At least one; all get the first one's size.</param>
public sealed record CurvePage(string Title, IReadOnlyList<CurvePlot> Plots)
{
    /// <summary>How many plots stand beside each other.</summary>
    public int Columns { get; init; } = 2;

    public byte[] ToPng()
    {
        if (Plots.Count == 0) throw new ArgumentException("A page needs at least one plot.");
        int columns = Math.Clamp(Columns, 1, Plots.Count), rows = (Plots.Count + columns - 1) / columns;
        float head = Title.Length > 0 ? 46 : 0, width = Plots[0].Width, height = Plots[0].Height;
        using var surface = SheetStyle.Surface(columns * width, head + rows * height, density: 2);
        using var font = SheetStyle.Font(21, bold: true);
        if (SheetStyle.Wrap(Title, font, columns * width - 40, 1) is [var line, ..])
            SheetStyle.Text(surface.Canvas, line, 20, 36, SKTextAlign.Left, font, SheetStyle.Ink);
        for (int i = 0; i < Plots.Count; i++)
            Plots[i].Draw(surface.Canvas, SKRect.Create(i % columns * width, head + i / columns * height, width, height));
        return SheetStyle.Png(surface);
    }
}
