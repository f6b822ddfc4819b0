using PortraitGen.Domain.Campaigns;

namespace PortraitGen.Api.Dashboard;

public readonly record struct CurvePoint(long Step, double Value);

/// <summary>One line of a chart, thinned for the screen.</summary>
/// <param name="Points">By step, ascending.</param>
/// <param name="Spread">Standard deviation around some of the points, by step; empty when it is not known.</param>
public sealed record Curve(string Label, IReadOnlyList<CurvePoint> Points, IReadOnlyDictionary<long, double> Spread)
{
    /// <summary>The point at <paramref name="step"/>, or the last one before it; null before the first.</summary>
    public CurvePoint? At(long step)
    {
        CurvePoint? last = null;
        foreach (var point in Points)
        {
            if (point.Step > step) break;
            last = point;
        }

        return last;
    }
}

/// <summary>Curves that share a vertical axis.</summary>
public sealed record Chart(string Title, IReadOnlyList<Curve> Curves)
{
    /// <summary>Nothing to draw a line through yet: no curve has a second point.</summary>
    public bool IsSingle => Curves.All(c => c.Points.Count < 2);

    public long Last => Curves.Max(c => c.Points[^1].Step);
}

/// <summary>Which series go into which chart, and how many points of them are drawn.</summary>
public static class Charting
{
    /// <summary>More points than a chart has pixels only cost time.</summary>
    public const int MostPoints = 400;

    private const string Mean = "mean";
    private const string Std = "std";
    private const string Real = "real";

    /// <summary>Series <c>a/b/c</c> share the chart <c>a · c</c>, one line for each b; <c>a/b/std</c> becomes the band around <c>a/b/mean</c>,
    /// and <c>a/b/real</c> a line beside it: what real portraits score. Others have units of their own, hence a chart of their own.</summary>
    public static IReadOnlyList<Chart> Arrange(IEnumerable<MetricPoint> points)
    {
        var series = points.GroupBy(p => p.Series).ToDictionary(g => g.Key, g => g.OrderBy(p => p.Step).Select(p => new CurvePoint(p.Step, p.Value)).ToList());
        var charts = new List<(string Title, string Label, string Name)>();
        foreach (string name in series.Keys)
        {
            string[] parts = name.Split('/');
            if (parts.Length >= 3 && parts[^1] == Std && series.ContainsKey(Sibling(name, Mean))) continue;
            if (parts.Length >= 3 && parts[^1] == Real && series.ContainsKey(Sibling(name, Mean))) charts.Add(($"{parts[0]} · {Mean}", $"{string.Join('/', parts[1..^1])}, real portraits", name));
            else charts.Add(parts.Length >= 3 ? ($"{parts[0]} · {parts[^1]}", string.Join('/', parts[1..^1]), name) : (string.Join(" · ", parts), parts[^1], name));
        }

        return [.. charts.GroupBy(c => c.Title)
            .OrderByDescending(g => g.Key == $"reward · {Mean}").ThenByDescending(g => g.Key.StartsWith("heldout", StringComparison.Ordinal)).ThenBy(g => g.Key, StringComparer.Ordinal)
            .Select(g => new Chart(g.Key, [.. g.OrderBy(c => c.Label, StringComparer.Ordinal).Select(c => new Curve(
                c.Label, Thin(series[c.Name], MostPoints),
                c.Name.EndsWith($"/{Mean}", StringComparison.Ordinal) && series.TryGetValue(Sibling(c.Name, Std), out var std)
                    ? std.ToDictionary(p => p.Step, p => p.Value) : []))]))];
    }

    /// <summary>At most <paramref name="most"/> points with the same first, last, lowest and highest: of each slice its lowest and its highest.</summary>
    public static IReadOnlyList<CurvePoint> Thin(IReadOnlyList<CurvePoint> points, int most)
    {
        if (points.Count <= most) return points;
        int slices = (most - 2) / 2;
        var kept = new List<CurvePoint>(most) { points[0] };
        for (int s = 0; s < slices; s++)
        {
            int from = 1 + (int)((long)(points.Count - 2) * s / slices), to = 1 + (int)((long)(points.Count - 2) * (s + 1) / slices);
            int low = from, high = from;
            for (int i = from; i < to; i++)
            {
                if (points[i].Value < points[low].Value) low = i;
                if (points[i].Value > points[high].Value) high = i;
            }

            kept.Add(points[Math.Min(low, high)]);
            if (low != high) kept.Add(points[Math.Max(low, high)]);
        }

        kept.Add(points[^1]);
        return kept;
    }

    private static string Sibling(string name, string ending) => $"{name[..name.LastIndexOf('/')]}/{ending}";
}
