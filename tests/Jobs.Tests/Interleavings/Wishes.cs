namespace PortraitGen.Jobs.Tests.Interleavings;

/// <summary>How large a world is and how much may go wrong in it.</summary>
internal sealed record Wishes
{
    public int Jobs { get; init; } = 1;
    public int Stages { get; init; } = 1;
    public int Shards { get; init; } = 2;
    public int Workers { get; init; } = 1;
    public bool Cancel { get; init; }
    public bool Pause { get; init; }

    /// <summary>Deaths of workers in the middle of a shard.</summary>
    public int Deaths { get; init; }

    /// <summary>Runs that end as infra.</summary>
    public int Failures { get; init; }

    /// <summary>Deaths of the orchestrator between two of its steps: what it had yet to do is lost.</summary>
    public int Crashes { get; init; }

    /// <summary>Reports and messages that come twice.</summary>
    public int Duplicates { get; init; }

    public Bug Bug { get; init; }
}

/// <summary>Mistakes that a world can be made with, to see that they are found.</summary>
internal enum Bug
{
    None,
    /// <summary>What a planner decided is applied though the job has moved on.</summary>
    AdvanceTrustsWhatItSaw,
    /// <summary>Nobody makes up for lost requests to advance.</summary>
    NoSweep,
    /// <summary>The same report of failure counts each time it is heard.</summary>
    ReportsCountTwice,
    /// <summary>A message that was worked on before is worked on again, though a newer one is out.</summary>
    OldMessagesRunAgain,
    /// <summary>A campaign is cancelled without waiting for what runs.</summary>
    CancelWaitsForNobody,
    /// <summary>Whoever stops because of a pause is taken for cancelled.</summary>
    PauseCancels,
}
