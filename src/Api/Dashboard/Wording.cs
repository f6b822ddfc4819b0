namespace PortraitGen.Api.Dashboard;

/// <summary>Numbers and times as people say them. dashboard.js says times alike while a page is open.</summary>
internal static class Wording
{
    public static string Ago(DateTimeOffset at, DateTimeOffset now)
    {
        double seconds = (now - at).TotalSeconds;
        return seconds switch
        {
            < 5 => "just now",
            < 60 => $"{(int)seconds} s ago",
            < 3600 => $"{(int)(seconds / 60)} min ago",
            < 48 * 3600 => $"{(int)(seconds / 3600)} h ago",
            _ => $"{(int)(seconds / 86400)} days ago",
        };
    }

    public static string Duration(TimeSpan span)
    {
        double seconds = Math.Max(0, span.TotalSeconds);
        return seconds switch
        {
            < 9.95 => $"{seconds:0.0} s",
            < 60 => $"{(int)seconds} s",
            < 3600 => $"{(int)(seconds / 60)} min {(int)(seconds % 60):00} s",
            < 100 * 3600 => $"{(int)(seconds / 3600)} h {(int)(seconds / 60 % 60):00} min",
            _ => $"{(int)(seconds / 86400)} days {(int)(seconds / 3600 % 24)} h",
        };
    }

    public static string Exact(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss 'UTC'");

    public static string Bytes(long length) => length switch
    {
        < 1000 => $"{length} B",
        < 1_000_000 => $"{length / 1e3:0.#} kB",
        < 1_000_000_000 => $"{length / 1e6:0.#} MB",
        _ => $"{length / 1e9:0.##} GB",
    };

    public static string Count(int number, string one) => number == 1 ? $"1 {one}" : $"{number:#,0} {one}s";

    /// <summary>Four significant digits; powers of ten only where plain digits would be long.</summary>
    public static string Value(double value)
    {
        if (!double.IsFinite(value)) return value.ToString();
        double size = Math.Abs(value);
        if (size is not 0 and (< 1e-3 or >= 1e6)) return value.ToString("0.###e0");
        int decimals = size < 1 ? 4 : size < 10 ? 3 : size < 100 ? 2 : size < 1000 ? 1 : 0;
        return value.ToString($"F{decimals}").Replace('-', '−');
    }
}
