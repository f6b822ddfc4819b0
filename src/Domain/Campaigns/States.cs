namespace PortraitGen.Domain.Campaigns;

public enum CampaignState
{
    /// <summary>Submitted; no job has started.</summary>
    Queued,
    Running,
    /// <summary>Nothing new starts; workers put its shards back at their next safe point. Goes on when a person says so.</summary>
    Paused,
    Succeeded,
    Failed,
    /// <summary>Nothing new starts; workers are leaving its shards at their next safe point.</summary>
    Cancelling,
    Cancelled,
}

public enum JobState { Planned, Running, Succeeded, Failed, Cancelled }

public enum ShardState
{
    /// <summary>Planned, or waiting to be tried again.</summary>
    Pending,
    /// <summary>Its message is published.</summary>
    Dispatched,
    /// <summary>A worker said that it has it.</summary>
    Running,
    Succeeded,
    Failed,
    /// <summary>Taken out of the way because it kills workers; kept with its payload for a person to look at.</summary>
    Parked,
    Cancelled,
}

/// <summary>Which states are ends.</summary>
public static class States
{
    public static bool IsTerminal(this CampaignState state) => state is CampaignState.Succeeded or CampaignState.Failed or CampaignState.Cancelled;
    public static bool IsTerminal(this JobState state) => state is JobState.Succeeded or JobState.Failed or JobState.Cancelled;
    public static bool IsTerminal(this ShardState state) => state is ShardState.Succeeded or ShardState.Failed or ShardState.Parked or ShardState.Cancelled;
}

/// <summary>The kinds of campaign that people submit.</summary>
public static class CampaignKinds
{
    public const string Training = "training";
    public const string Curation = "curation";
    public const string Pretraining = "pretraining";
}
