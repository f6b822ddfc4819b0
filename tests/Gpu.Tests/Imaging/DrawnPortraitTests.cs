using PortraitGen.Gpu.Imaging;
using PortraitGen.Gpu.Imaging.Drawn;
using Xunit;

namespace PortraitGen.Gpu.Tests.Imaging;

public sealed class DrawnPortraitTests
{
    [Theory]
    [InlineData(Look.Captured)]
    [InlineData(Look.Ai)]
    public void The_same_seed_gives_the_same_bytes_on_any_thread(Look look)
    {
        var first = DrawnPortrait.Render(7, look);
        var others = new byte[4][];
        Parallel.For(0, others.Length, i => others[i] = DrawnPortrait.Render(7, look).Rgb);
        Assert.All(others, o => Assert.Equal(first.Rgb, o));
    }

    [Fact]
    public void Distinct_seeds_and_looks_give_distinct_images()
    {
        var seen = new HashSet<string>();
        for (var seed = 0UL; seed < 40; seed++)
        {
            Assert.True(seen.Add(Convert.ToBase64String(DrawnPortrait.Render(seed, Look.Captured, 32).Rgb)));
            Assert.True(seen.Add(Convert.ToBase64String(DrawnPortrait.Render(seed, Look.Ai, 32).Rgb)));
        }
    }

    [Fact]
    public void Captured_portraits_hold_more_fine_detail_than_ai_ones()
    {
        double captured = 0, ai = 0;
        for (var seed = 100UL; seed < 112; seed++)
        {
            captured += HighBand(DrawnPortrait.Render(seed, Look.Captured));
            ai += HighBand(DrawnPortrait.Render(seed, Look.Ai));
        }

        Assert.True(captured > 4 * ai, $"captured {captured / 12:F2}, ai {ai / 12:F2}");
    }

    [Fact]
    public void Ai_faces_mirror_themselves_more_than_captured_ones()
    {
        var seeds = Enumerable.Range(0, 2000).Select(i => (ulong)i)
            .Where(s => PortraitAttributes.Draw(s) is { Pose: Pose.Frontal, Light: LightKind.Soft }).Take(12).ToArray();
        Assert.Equal(12, seeds.Length);
        // the median over faces: mottling and noise alone, without uneven features and light, stay below the factor asked for
        var ratios = seeds.Select(s => Lopsidedness(DrawnPortrait.Render(s, Look.Captured)) / Lopsidedness(DrawnPortrait.Render(s, Look.Ai))).Order().ToArray();
        Assert.True(ratios[ratios.Length / 2] > 7, $"captured over ai: {string.Join(", ", ratios.Select(r => r.ToString("F1", null)))}");
    }

    [Fact]
    public void Ai_portraits_are_more_saturated()
    {
        double captured = 0, ai = 0;
        for (var seed = 200UL; seed < 208; seed++)
        {
            captured += Saturation(DrawnPortrait.Render(seed, Look.Captured));
            ai += Saturation(DrawnPortrait.Render(seed, Look.Ai));
        }

        Assert.True(ai > 1.08 * captured, $"captured {captured / 8:F3}, ai {ai / 8:F3}");
    }

    [Fact]
    public void Captions_are_short_and_use_only_the_closed_vocabulary()
    {
        Assert.InRange(PortraitCaption.Words.Count, 30, 80);
        var used = new HashSet<string>();
        for (var seed = 0UL; seed < 3000; seed++)
        {
            var caption = DrawnPortrait.Caption(seed);
            Assert.All(caption.Split(", "), phrase => Assert.Contains(phrase, PortraitCaption.Phrases));
            var words = caption.Replace(",", "", StringComparison.Ordinal).Split(' ');
            Assert.InRange(words.Length, 6, PortraitCaption.LongestInWords);
            used.UnionWith(words);
        }

        Assert.Equal(PortraitCaption.Words.Order(StringComparer.Ordinal), used.Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData(31)]
    [InlineData(257)]
    public void A_size_out_of_range_is_refused_with_the_range(int size) =>
        Assert.Contains("32 to 256", Assert.Throws<ArgumentOutOfRangeException>(() => DrawnPortrait.Render(1, Look.Ai, size)).Message, StringComparison.Ordinal);

    private static double Grey(RgbImage p, int x, int y) =>
        (p.Rgb[(y * p.Width + x) * 3] + p.Rgb[(y * p.Width + x) * 3 + 1] + p.Rgb[(y * p.Width + x) * 3 + 2]) / 3.0;

    /// <summary>Mean over a square window of half-width r.</summary>
    private static double Mean(RgbImage p, int x, int y, int r)
    {
        var sum = 0.0;
        for (var j = -r; j <= r; j++)
            for (var i = -r; i <= r; i++) sum += Grey(p, x + i, y + j);
        return sum / ((2 * r + 1) * (2 * r + 1));
    }

    /// <summary>Median squared difference of a pixel and its 3x3 mean: the texture of calm places, as edges are few and the same in both looks.</summary>
    private static double HighBand(RgbImage p)
    {
        var squares = new List<double>();
        for (var y = 1; y < p.Height - 1; y++)
            for (var x = 1; x < p.Width - 1; x++)
            {
                double d = Grey(p, x, y) - Mean(p, x, y, 1);
                squares.Add(d * d);
            }

        squares.Sort();
        return squares[squares.Count / 2];
    }

    /// <summary>
    /// Difference of the two halves of the face about its best upright axis, after a 5x5 mean (so that noise does not decide), relative to the contrast there.
    /// </summary>
    private static double Lopsidedness(RgbImage p)
    {
        var best = double.MaxValue;
        for (var twice = 56; twice <= 70; twice++)
        {
            double off = 0, spread = 0, mean = 0;
            var n = 0;
            for (var y = 20; y < 44; y++)
                for (var x = twice / 2 + 1; x < twice / 2 + 12; x++, n++) mean += Mean(p, x, y, 1);
            mean /= n;
            for (var y = 20; y < 44; y++)
                for (var x = twice / 2 + 1; x < twice / 2 + 12; x++)
                {
                    double right = Mean(p, x, y, 2), left = Mean(p, twice - x, y, 2);
                    off += (right - left) * (right - left);
                    spread += (right - mean) * (right - mean) + (left - mean) * (left - mean);
                }

            best = Math.Min(best, off / spread);
        }

        return best;
    }

    private static double Saturation(RgbImage p)
    {
        var sum = 0.0;
        for (var i = 0; i < p.Rgb.Length; i += 3)
        {
            double high = Math.Max(p.Rgb[i], Math.Max(p.Rgb[i + 1], p.Rgb[i + 2])), low = Math.Min(p.Rgb[i], Math.Min(p.Rgb[i + 1], p.Rgb[i + 2]));
            sum += high == 0 ? 0 : (high - low) / high;
        }

        return sum / (p.Width * p.Height);
    }
}
