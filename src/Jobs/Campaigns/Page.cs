namespace PortraitGen.Jobs.Campaigns;

/// <summary>A slice of a list, and where the next one begins.</summary>
/// <param name="Next">Give this as <c>after</c> for the next slice; null at the end.</param>
public sealed record Page<T, TCursor>(IReadOnlyList<T> Items, TCursor? Next) where TCursor : struct
{
    /// <summary>Cuts a list that was read one longer than the page.</summary>
    internal static Page<T, TCursor> Cut(List<T> read, int limit, Func<T, TCursor> cursor) =>
        read.Count <= limit ? new(read, null) : new(read.GetRange(0, limit), cursor(read[limit - 1]));
}

internal static class PageLimits
{
    public const int Most = 1000;
    public static int Clamp(int limit) => Math.Clamp(limit, 1, Most);
}
