using SkiaSharp;

namespace PortraitGen.Gpu.Imaging.Sheets;

/// <summary>A line of a plot.</summary>
/// <param name="Name">In the legend.</param>
/// <param name="Points">In order of x. A y that is no number breaks the line.</param>
public sealed record CurveSeries(string Name, IReadOnlyList<(double X, double Y)> Points)
{
    /// <summary>Low and high at each point, e.g. the spread over seeds; drawn as a light band. Empty, or one per point.</summary>
    public IReadOnlyList<(double Low, double High)> Band { get; init; } = [];

    /// <summary>Dashed, for what is compared against: a baseline, a cap, the mean over real portraits.</summary>
    public bool Dashed { get; init; }
}

/// <summary>A line plot with ticks, a light grid and a legend.</summary>
public sealed record CurvePlot(string Title, string XTitle, string YTitle, IReadOnlyList<CurveSeries> Series)
{
    /// <summary>Units of 1/96 inch; a PNG has two pixels for each.</summary>
    public int Width { get; init; } = 760;
    public int Height { get; init; } = 420;

    /// <summary>Both axes logarithmic: a power law is a line, and its exponent the slope.</summary>
    public bool LogLog { get; init; }

    public byte[] ToPng()
    {
        using var surface = SheetStyle.Surface(Width, Height, density: 2);
        Draw(surface.Canvas, SKRect.Create(0, 0, Width, Height));
        return SheetStyle.Png(surface);
    }

    internal void Draw(SKCanvas canvas, SKRect area)
    {
        using var titleFont = SheetStyle.Font(16, bold: true);
        using var font = SheetStyle.Font(11.5f);
        var xs = Series.SelectMany(s => s.Points).Select(p => p.X).ToList();
        var ys = Series.SelectMany(s => s.Points.Select(p => p.Y).Concat(s.Band.SelectMany(b => new[] { b.Low, b.High })));
        var xAxis = LogLog ? PlotAxis.Logarithmic(xs) : PlotAxis.For(xs, Math.Max(2, (int)(area.Width / 80)), round: false);
        if (!LogLog && xs.TrueForAll(x => x == Math.Floor(x))) xAxis = xAxis.Whole();
        var yAxis = LogLog ? PlotAxis.Logarithmic(ys) : PlotAxis.For(ys, Math.Max(2, (int)(area.Height / 62)), round: true);

        SheetStyle.Text(canvas, SheetStyle.Wrap(Title, titleFont, area.Width - 40, 1).DefaultIfEmpty("").First(), area.Left + 20, area.Top + 30, SKTextAlign.Left, titleFont, SheetStyle.Ink);
        float legendBottom = DrawLegend(canvas, area, font);
        float ticksWidth = yAxis.Ticks().Select(t => font.MeasureText(yAxis.Label(t))).DefaultIfEmpty(0).Max();
        var plot = new SKRect(area.Left + 20 + (YTitle.Length > 0 ? 20 : 0) + ticksWidth + 8, legendBottom + 12, area.Right - 24, area.Bottom - (XTitle.Length > 0 ? 52 : 34));

        DrawAxes(canvas, area, plot, xAxis, yAxis, font);
        if (xs.Count == 0)
            SheetStyle.Text(canvas, "no points yet", plot.MidX, plot.MidY, SKTextAlign.Center, font, SheetStyle.Faint);
        canvas.Save();
        canvas.ClipRect(SKRect.Inflate(plot, 5, 5));
        for (int i = 0; i < Series.Count; i++) DrawBand(canvas, Series[i], SheetStyle.SeriesColour(i), Place);
        for (int i = 0; i < Series.Count; i++) DrawLine(canvas, Series[i], SheetStyle.SeriesColour(i), Place);
        canvas.Restore();

        SKPoint Place(double x, double y) => new(
            plot.Left + (float)xAxis.Place(x) * plot.Width,
            plot.Bottom - (float)yAxis.Place(y) * plot.Height);
    }

    private float DrawLegend(SKCanvas canvas, SKRect area, SKFont font)
    {
        float x = area.Left + 20, y = area.Top + 52;
        if (Series.Count == 0) return y - 12;
        for (int i = 0; i < Series.Count; i++)
        {
            string name = SheetStyle.Wrap(Series[i].Name, font, area.Width - 90, 1).DefaultIfEmpty("").First();
            float width = 30 + font.MeasureText(name);
            if (x > area.Left + 20 && x + width > area.Right - 20) (x, y) = (area.Left + 20, y + 18);
            using var stroke = Stroke(SheetStyle.SeriesColour(i), 2.5f, Series[i].Dashed);
            canvas.DrawLine(x, y - 4, x + 22, y - 4, stroke);
            SheetStyle.Text(canvas, name, x + 29, y, SKTextAlign.Left, font, SheetStyle.Ink);
            x += width + 20;
        }
        return y;
    }

    private void DrawAxes(SKCanvas canvas, SKRect area, SKRect plot, PlotAxis xAxis, PlotAxis yAxis, SKFont font)
    {
        using var grid = Stroke(SheetStyle.Grid, 1, false);
        using var axis = Stroke(SheetStyle.Axis, 1, false);
        foreach (double tick in yAxis.Ticks())
        {
            float y = plot.Bottom - (float)yAxis.PlaceTick(tick) * plot.Height;
            canvas.DrawLine(plot.Left, y, plot.Right, y, grid);
            SheetStyle.Text(canvas, yAxis.Label(tick), plot.Left - 8, y + 4, SKTextAlign.Right, font, SheetStyle.Faint);
        }
        foreach (double tick in xAxis.Ticks())
        {
            float x = plot.Left + (float)xAxis.PlaceTick(tick) * plot.Width;
            canvas.DrawLine(x, plot.Bottom, x, plot.Bottom + 4, axis);
            SheetStyle.Text(canvas, xAxis.Label(tick), x, plot.Bottom + 18, SKTextAlign.Center, font, SheetStyle.Faint);
        }
        canvas.DrawLine(plot.Left, plot.Bottom, plot.Right, plot.Bottom, axis);
        if (XTitle.Length > 0) SheetStyle.Text(canvas, XTitle, plot.MidX, area.Bottom - 14, SKTextAlign.Center, font, SheetStyle.Faint);
        if (YTitle.Length == 0) return;
        canvas.Save();
        canvas.RotateDegrees(-90, area.Left + 26, plot.MidY);
        SheetStyle.Text(canvas, YTitle, area.Left + 26, plot.MidY, SKTextAlign.Center, font, SheetStyle.Faint);
        canvas.Restore();
    }

    private static void DrawBand(SKCanvas canvas, CurveSeries series, SKColor colour, Func<double, double, SKPoint> place)
    {
        if (series.Band.Count == 0) return;
        if (series.Band.Count != series.Points.Count)
            throw new ArgumentException($"The band of '{series.Name}' has {series.Band.Count} entries for {series.Points.Count} points.");
        var shown = series.Points.Zip(series.Band).Where(p => double.IsFinite(p.Second.Low) && double.IsFinite(p.Second.High)).ToList();
        if (shown.Count < 2) return;
        using var shape = new SKPathBuilder();
        SKPoint[] outline = [.. shown.Select(p => place(p.First.X, p.Second.High)), .. shown.AsEnumerable().Reverse().Select(p => place(p.First.X, p.Second.Low))];
        shape.AddPoly(outline, true);
        using var path = shape.Detach();
        using var fill = new SKPaint { Color = colour.WithAlpha(0x2A), IsAntialias = true };
        canvas.DrawPath(path, fill);
    }

    private static void DrawLine(SKCanvas canvas, CurveSeries series, SKColor colour, Func<double, double, SKPoint> place)
    {
        using var stroke = Stroke(colour, 2.5f, series.Dashed);
        using var dot = new SKPaint { Color = colour, IsAntialias = true };
        using var line = new SKPathBuilder();
        bool down = false;
        foreach (var (x, y) in series.Points)
        {
            var at = place(x, y);
            if (!float.IsFinite(at.X) || !float.IsFinite(at.Y)) { down = false; continue; }
            if (down) line.LineTo(at);
            else line.MoveTo(at);
            down = true;
            // Dots while they can be told apart: they show where something was measured.
            if (series.Points.Count <= 40 && !series.Dashed) canvas.DrawCircle(at, 3, dot);
        }
        using var path = line.Detach();
        canvas.DrawPath(path, stroke);
    }

    private static SKPaint Stroke(SKColor colour, float width, bool dashed) => new()
    {
        Color = colour,
        StrokeWidth = width,
        IsAntialias = true,
        IsStroke = true,
        StrokeJoin = SKStrokeJoin.Round,
        StrokeCap = dashed ? SKStrokeCap.Butt : SKStrokeCap.Round,
        PathEffect = dashed ? SKPathEffect.CreateDash([6, 4], 0) : null,
    };
}
