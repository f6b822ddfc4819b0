namespace PortraitGen.Jobs.Artifacts;

/// <summary>How long a struggling S3 server is borne with, before the work stops with one clear line.</summary>
public sealed record S3Patience
{
    /// <summary>Tries of one call, the first included. With the default delays some 12 s of waiting in all: a restart of the server passes unseen.</summary>
    public int Attempts { get; init; } = 7;

    /// <summary>Before the second try; doubled for each further one.</summary>
    public TimeSpan FirstDelay { get; init; } = TimeSpan.FromMilliseconds(200);

    public TimeSpan LongestDelay { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>A try ends when nothing arrives for this long.</summary>
    public TimeSpan Silence { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>Bytes per second below which a transfer is given up, counted from one <see cref="Silence"/> after its start.</summary>
    public long SlowestRate { get; init; } = 256 * 1024;

    /// <summary>Reads of an object whose bytes do not fit its hash, before it counts as corrupt in the bucket and not on the way.</summary>
    public int CorruptReads { get; init; } = 3;

    /// <summary>The wait before the next try. Spread by the key, not by chance, so that many workers do not come back at once.</summary>
    internal TimeSpan DelayAfter(int attempt, string key)
    {
        double spread = 0.75 + 0.5 * ((uint)StableHash(key) % 1024 / 1024.0);
        double milliseconds = FirstDelay.TotalMilliseconds * Math.Pow(2, attempt - 1) * spread;
        return TimeSpan.FromMilliseconds(Math.Min(milliseconds, LongestDelay.TotalMilliseconds));
    }

    internal TimeSpan LimitFor(long bytes) => Silence + TimeSpan.FromSeconds(bytes / (double)SlowestRate);

    private static int StableHash(string key)
    {
        int hash = 17;
        foreach (char c in key) hash = unchecked(hash * 31 + c);
        return hash;
    }
}
