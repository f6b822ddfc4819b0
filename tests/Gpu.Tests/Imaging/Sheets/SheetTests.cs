using PortraitGen.Gpu.Imaging;
using PortraitGen.Gpu.Imaging.Sheets;

namespace PortraitGen.Gpu.Tests.Imaging.Sheets;

public sealed class SheetTests
{
    [Fact]
    public void A_contact_sheet_shows_every_picture_enlarged_and_in_its_place()
    {
        RgbImage red = Flat(250, 0, 0), green = Flat(0, 250, 0), blue = Flat(0, 0, 250);
        var sheet = Read(new ContactSheet("", "", [new("", [red, green]), new("", [blue])]) { Scale = 2 }.ToPng());
        Assert.Equal((28 + 64 + 8 + 64 + 28, 40 + 64 + 16 + 64 + 28), (sheet.Width, sheet.Height));
        Assert.Equal((250, 0, 0), Pictures.At(sheet, 28 + 32, 40 + 32));
        Assert.Equal((0, 250, 0), Pictures.At(sheet, 28 + 72 + 32, 40 + 32));
        Assert.Equal((0, 0, 250), Pictures.At(sheet, 28 + 32, 40 + 80 + 32));
        Assert.Equal(64 * 64, Count(sheet, (250, 0, 0)));
    }

    [Fact]
    public void Words_are_drawn_with_the_embedded_font()
    {
        RgbImage[] one = [Flat(250, 0, 0)];
        int without = Dark(new ContactSheet("", "", [new("", one)]).ToPng());
        Assert.Equal(0, without);
        Assert.True(Dark(new ContactSheet("Before and after", "same seeds", [new("Base", one) { Note = "note", Captions = ["caption"] }]).ToPng()) > 200);
    }

    [Fact]
    public void A_long_caption_ends_in_an_ellipsis_within_its_lines()
    {
        using var font = SheetStyle.Font(11);
        var lines = SheetStyle.Wrap("a woman with long grey hair, round glasses and a red scarf, in soft window light", font, 120, 2);
        Assert.Equal(2, lines.Count);
        Assert.EndsWith("…", lines[1]);
        Assert.All(lines, l => Assert.True(font.MeasureText(l) <= 120.5));
        Assert.Equal(["short"], SheetStyle.Wrap("short", font, 120, 2));
        Assert.Empty(SheetStyle.Wrap("  ", font, 120, 2));
        Assert.Equal(2, SheetStyle.Wrap(new string('m', 40), font, 120, 2).Count);
    }

    [Fact]
    public void Sheets_and_plots_are_the_same_bytes_each_time()
    {
        byte[] Sheet() => new ContactSheet("Title", "Words", [new("Row", [Flat(10, 20, 30)]) { Note = "n" }]).ToPng();
        byte[] Plot() => new CurvePlot("T", "x", "y", [new("s", [(0, 1), (1, 2)])]).ToPng();
        Assert.Equal(Sheet(), Sheet());
        Assert.Equal(Plot(), Plot());
    }

    [Fact]
    public void A_rising_series_is_drawn_from_the_lower_left_to_the_upper_right()
    {
        var plot = Read(new CurvePlot("", "", "", [new("up", [(0, 0), (10, 5)])]) { Width = 400, Height = 300 }.ToPng());
        Assert.Equal((800, 600), (plot.Width, plot.Height));
        var blue = Enumerable.Range(0, plot.Width * plot.Height).Where(i => i / plot.Width > 140 && Pictures.At(plot, i % plot.Width, i / plot.Width) == (0, 0x6B, 0xB3)).ToList();
        Assert.True(blue.Count > 500);
        var (left, right) = (blue.MinBy(i => i % plot.Width), blue.MaxBy(i => i % plot.Width));
        Assert.True(left % plot.Width < 120 && right % plot.Width > 700);
        Assert.True(left / plot.Width > 480 && right / plot.Width < 210, $"{left / plot.Width}, {right / plot.Width}");
    }

    [Fact]
    public void A_power_law_is_a_straight_line_on_logarithmic_axes()
    {
        var plot = Read(new CurvePlot("", "", "", [new("law", [(1, 3), (10, 300), (100, 30000), (1, -1)])]) { Width = 400, Height = 300, LogLog = true }.ToPng());
        var blue = Enumerable.Range(0, plot.Width * plot.Height).Where(i => i / plot.Width > 140 && Pictures.At(plot, i % plot.Width, i / plot.Width) == (0, 0x6B, 0xB3)).ToList();
        double left = blue.Min(i => i % plot.Width), right = blue.Max(i => i % plot.Width), top = blue.Min(i => i / plot.Width), bottom = blue.Max(i => i / plot.Width);
        // Every blue point lies near the diagonal of its box: within the dots' radius of 6 pixels, and one for the edge.
        Assert.All(blue, i => Assert.InRange((bottom - i / plot.Width) / (bottom - top) - (i % plot.Width - left) / (right - left), -7 / (bottom - top) * 2, 7 / (bottom - top) * 2));
        Assert.True(right - left > 500 && bottom - top > 250);
        var axis = PlotAxis.Logarithmic([0, 0.04, 3]);
        Assert.Equal("0.05 0.1 0.2 0.5 1 2", string.Join(' ', axis.Ticks().Select(axis.Label)));
    }

    [Fact]
    public void Plots_without_points_or_with_what_is_no_number_are_drawn_all_the_same()
    {
        Assert.NotEmpty(new CurvePlot("none", "x", "y", []).ToPng());
        Assert.NotEmpty(new CurvePlot("empty", "x", "y", [new("s", [])]).ToPng());
        Assert.NotEmpty(new CurvePlot("NaN", "x", "y", [new("s", [(0, double.NaN), (1, 1), (2, double.PositiveInfinity), (3, 1)])]).ToPng());
        Assert.NotEmpty(new CurvePage("page", [new("one point", "x", "", [new("s", [(5, -3)])])]).ToPng());
        Assert.Throws<ArgumentException>(() => new CurvePlot("band", "x", "y", [new("s", [(0, 1)]) { Band = [(0, 1), (1, 2)] }]).ToPng());
    }

    [Theory]
    [InlineData(0.3, 0.81, 6, "0.3 0.4 0.5 0.6 0.7 0.8 0.9")]
    [InlineData(0, 12, 6, "0 2 4 6 8 10 12")]
    [InlineData(-1, 1, 4, "−1.0 −0.5 0.0 0.5 1.0")]
    [InlineData(0, 3.9e-5, 4, "0 1e-5 2e-5 3e-5 4e-5")]
    public void Ticks_are_round_numbers(double low, double high, int ticks, string labels)
    {
        var axis = PlotAxis.For([low, high], ticks, round: true);
        Assert.Equal(labels, string.Join(' ', axis.Ticks().Select(axis.Label)));
    }

    private static RgbImage Flat(int r, int g, int b) => Pictures.From(32, 32, (_, _) => (r, g, b));

    private static RgbImage Read(byte[] png) => Assert.IsType<DecodeOutcome.Photo>(PhotoDecoder.Decode(png, DecodeLimits.Default)).Image;

    private static int Count(RgbImage image, (int, int, int) colour) => Enumerable.Range(0, image.Width * image.Height).Count(i => Pictures.At(image, i % image.Width, i / image.Width) == colour);

    private static int Dark(byte[] png)
    {
        var image = Read(png);
        return image.Rgb.Chunk(3).Count(p => p[0] < 140 && p[1] < 140 && p[2] < 140);
    }
}
