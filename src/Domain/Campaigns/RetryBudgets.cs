namespace PortraitGen.Domain.Campaigns;

/// <summary>What a failure of a shard leads to.</summary>
public enum FailureVerdict { Retry, FailJob, Cancelled }

/// <summary>How often each class of failure is tried again.</summary>
/// <param name="Infra">Tries after the first for <c>infra</c>, which is also where unknown exceptions go.</param>
/// <param name="Deaths">At this many deaths of worker processes the shard is parked as <c>poison</c>.</param>
/// <param name="FirstPause">The wait before the first new try; it doubles with each.</param>
public sealed record RetryBudgets(int Infra, int Deaths, TimeSpan FirstPause)
{
    /// <summary>The wait after a worker of another release had a shard that it cannot do. Not counted: upgrades take as long as they take.</summary>
    public TimeSpan OutdatedPause { get; init; } = TimeSpan.FromSeconds(20);

    public static RetryBudgets Default { get; } = new(Infra: 3, Deaths: 3, FirstPause: TimeSpan.FromSeconds(1));

    /// <summary>How long a shard waits at most for an object that is made again: as long as a shard takes.</summary>
    public static readonly TimeSpan RepairPause = TimeSpan.FromMinutes(5);

    /// <summary>Zero for what would fail again in the same way: user-error, oom, nan, too-long, budget.</summary>
    public int For(string failureClass) => failureClass is FailureClasses.Infra or FailureClasses.Corrupt ? Infra : 0;

    /// <summary>The wait before try number <paramref name="retry"/>, from 1; at most a minute.</summary>
    public TimeSpan Pause(int retry) =>
        TimeSpan.FromSeconds(Math.Min(60, FirstPause.TotalSeconds * Math.Pow(2, retry - 1)));
}
