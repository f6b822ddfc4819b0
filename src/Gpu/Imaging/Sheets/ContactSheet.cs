using SkiaSharp;

namespace PortraitGen.Gpu.Imaging.Sheets;

/// <summary>Rows of pictures with words, e.g. the same seeds before and after. Rows line up in columns.</summary>
/// <param name="Title">Top line.</param>
/// <param name="Subtitle">What was done, in smaller type; may be empty.</param>
/// <param name="Rows">At least one, with at least one picture in all.</param>
public sealed record ContactSheet(string Title, string Subtitle, IReadOnlyList<SheetRow> Rows)
{
    private const float Margin = 28, Gap = 8, RowGap = 16, CaptionSize = 11, CaptionLine = 14;

    /// <summary>Over each column, e.g. the seeds; may be empty.</summary>
    public IReadOnlyList<string> Columns { get; init; } = [];

    /// <summary>How many sheet pixels show one picture pixel.</summary>
    public int Scale { get; init; } = 3;

    /// <summary>Cubic enlargement; false shows the pixels as squares.</summary>
    public bool Smooth { get; init; } = true;

    /// <summary>Most lines of a caption.</summary>
    public int CaptionLines { get; init; } = 2;

    /// <summary>The sheet as PNG.</summary>
    public byte[] ToPng()
    {
        var all = Rows.SelectMany(r => r.Images).ToList();
        if (all.Count == 0) throw new ArgumentException("A contact sheet needs at least one picture.");
        float cellWidth = all.Max(i => i.Width) * Scale, cellHeight = all.Max(i => i.Height) * Scale;
        int columns = Rows.Max(r => r.Images.Count);

        using var title = SheetStyle.Font(22, bold: true);
        using var subtitle = SheetStyle.Font(13);
        using var rowTitle = SheetStyle.Font(15, bold: true);
        using var note = SheetStyle.Font(11.5f);
        using var caption = SheetStyle.Font(CaptionSize);

        bool labels = Rows.Any(r => r.Title.Length > 0 || r.Note.Length > 0);
        float label = labels ? Math.Clamp(Rows.Max(r => Math.Max(rowTitle.MeasureText(r.Title), Math.Min(150, note.MeasureText(r.Note)))) + 26, 60, 190) : 0;
        float gridWidth = columns * cellWidth + (columns - 1) * Gap;
        // Few or small pictures must not squeeze the title.
        float width = Math.Max(2 * Margin + label + gridWidth, Math.Min(2 * Margin + title.MeasureText(Title), 900));
        var headings = SheetStyle.Wrap(Title, title, width - 2 * Margin, 2);
        var explanation = SheetStyle.Wrap(Subtitle, subtitle, width - 2 * Margin, 3);
        float top = Margin + headings.Count * 28 + explanation.Count * 18 + 12 + (Columns.Count > 0 ? 20 : 0);
        var captions = Rows.Select(r => r.Captions.Select(c => SheetStyle.Wrap(c, caption, cellWidth, CaptionLines)).ToList()).ToList();
        float height = top + Rows.Select((_, i) => RowHeight(i)).Sum() + (Rows.Count - 1) * RowGap + Margin;

        using var surface = SheetStyle.Surface(width, height, density: 1);
        var canvas = surface.Canvas;
        float y = Margin + 18;
        foreach (var line in headings) { SheetStyle.Text(canvas, line, Margin, y, SKTextAlign.Left, title, SheetStyle.Ink); y += 28; }
        y -= 4;
        foreach (var line in explanation) { SheetStyle.Text(canvas, line, Margin, y, SKTextAlign.Left, subtitle, SheetStyle.Faint); y += 18; }
        for (int c = 0; c < Math.Min(columns, Columns.Count); c++)
            if (SheetStyle.Wrap(Columns[c], note, cellWidth, 1) is [var text, ..])
                SheetStyle.Text(canvas, text, Left(c) + cellWidth / 2, top - 8, SKTextAlign.Center, note, SheetStyle.Faint);

        y = top;
        for (int r = 0; r < Rows.Count; r++)
        {
            if (labels) DrawLabel(canvas, Rows[r], SheetStyle.SeriesColour(Rows[r].Accent), y, cellHeight, label - 26, rowTitle, note);
            for (int c = 0; c < Rows[r].Images.Count; c++)
            {
                DrawImage(canvas, Rows[r].Images[c], Left(c), y, cellWidth, cellHeight);
                if (c >= captions[r].Count) continue;
                for (int line = 0; line < captions[r][c].Count; line++)
                    SheetStyle.Text(canvas, captions[r][c][line], Left(c), y + cellHeight + CaptionLine * (line + 1), SKTextAlign.Left, caption, SheetStyle.Faint);
            }
            y += RowHeight(r) + RowGap;
        }
        return SheetStyle.Png(surface);

        float Left(int column) => Margin + label + column * (cellWidth + Gap);
        float RowHeight(int row) => cellHeight + captions[row].Select(c => c.Count).DefaultIfEmpty(0).Max() * CaptionLine;
    }

    private static void DrawLabel(SKCanvas canvas, SheetRow row, SKColor colour, float top, float height, float width, SKFont title, SKFont note)
    {
        using var bar = new SKPaint { Color = colour, IsAntialias = true };
        canvas.DrawRoundRect(Margin, top, 4, height, 2, 2, bar);
        float y = top + 16;
        foreach (var line in SheetStyle.Wrap(row.Title, title, width, 2)) { SheetStyle.Text(canvas, line, Margin + 14, y, SKTextAlign.Left, title, SheetStyle.Ink); y += 19; }
        int room = Math.Max(1, (int)((height - (y - top)) / 15));
        foreach (var line in SheetStyle.Wrap(row.Note, note, width, Math.Min(8, room))) { SheetStyle.Text(canvas, line, Margin + 14, y, SKTextAlign.Left, note, SheetStyle.Faint); y += 15; }
    }

    private void DrawImage(SKCanvas canvas, RgbImage image, float left, float top, float cellWidth, float cellHeight)
    {
        using var bitmap = image.ToBitmap();
        using var picture = SKImage.FromBitmap(bitmap);
        float width = image.Width * Scale, height = image.Height * Scale;
        var place = SKRect.Create(left + (cellWidth - width) / 2, top + (cellHeight - height) / 2, width, height);
        var sampling = Smooth ? new SKSamplingOptions(SKCubicResampler.CatmullRom) : new SKSamplingOptions(SKFilterMode.Nearest);
        canvas.DrawImage(picture, place, sampling, null);
    }
}

/// <summary>One row of a contact sheet.</summary>
/// <param name="Title">At the left, bold; may be empty.</param>
/// <param name="Images">From left to right.</param>
public sealed record SheetRow(string Title, IReadOnlyList<RgbImage> Images)
{
    /// <summary>Below the title, e.g. the row's mean reward; may be empty.</summary>
    public string Note { get; init; } = "";

    /// <summary>Below the pictures; may be empty or shorter than them.</summary>
    public IReadOnlyList<string> Captions { get; init; } = [];

    /// <summary>Which of the series' colours marks the row.</summary>
    public int Accent { get; init; }
}
