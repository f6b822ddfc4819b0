namespace PortraitGen.Domain.Campaigns;

/// <summary>One step of a campaign. It goes through stages; all shards of a stage may run at once.</summary>
public sealed class Job
{
    private Job() { }

    public Job(JobId id, CampaignId campaignId, int ordinal, string kind, string name, string parameters) =>
        (Id, CampaignId, Ordinal, Kind, Name, Parameters) = (id, campaignId, ordinal, kind, name, parameters);

    public JobId Id { get; private set; }
    public CampaignId CampaignId { get; private set; }

    /// <summary>Its place in the campaign, from 0. Jobs run one after the other.</summary>
    public int Ordinal { get; private set; }

    /// <summary>One of <see cref="JobKinds"/>.</summary>
    public string Kind { get; private set; } = "";

    /// <summary>Unique within the campaign, e.g. <c>grpo-epoch-3</c>.</summary>
    public string Name { get; private set; } = "";

    public string Parameters { get; private set; } = "{}";
    public JobState State { get; private set; }

    /// <summary>The stage in hand, from 1; 0 before the first.</summary>
    public int Stage { get; private set; }

    public string? StageName { get; private set; }

    /// <summary>How many shards the stage in hand has, and how many of them have not succeeded yet.</summary>
    public int StageSize { get; private set; }

    public int Remaining { get; private set; }

    /// <summary>Device-seconds of its shards, over all attempts that reported.</summary>
    public double DeviceSeconds { get; private set; }

    /// <summary>How many shards they are of: those that succeeded, of all stages.</summary>
    public int ShardsDone { get; private set; }

    /// <summary>JSON that later jobs of the campaign read; null until it succeeds.</summary>
    public string? Output { get; private set; }

    public string? FailureClass { get; private set; }
    public string? FailureReason { get; private set; }
    public DateTimeOffset? StartedAt { get; private set; }
    public DateTimeOffset? EndedAt { get; private set; }

    /// <summary>Counts what a shard took on a device.</summary>
    public void Charge(double deviceSeconds, bool succeeded) => (DeviceSeconds, ShardsDone) = (DeviceSeconds + deviceSeconds, ShardsDone + (succeeded ? 1 : 0));

    public bool Start(DateTimeOffset now)
    {
        if (State is not JobState.Planned) return false;
        (State, StartedAt) = (JobState.Running, now);
        return true;
    }

    /// <summary>Opens the next stage. False while shards of the stage in hand remain.</summary>
    public bool BeginStage(string name, int shards)
    {
        if (State is not JobState.Running || Remaining > 0 || shards < 1) return false;
        (Stage, StageName, StageSize, Remaining) = (Stage + 1, name, shards, shards);
        return true;
    }

    /// <summary>Counts a shard of <paramref name="stage"/> that succeeded. True when it was the stage's last.</summary>
    public bool ShardSucceeded(int stage)
    {
        if (State is not JobState.Running || stage != Stage || Remaining == 0) return false;
        Remaining--;
        return Remaining == 0;
    }

    public bool Succeed(DateTimeOffset now, string output)
    {
        if (State is not JobState.Running || Remaining > 0) return false;
        (State, EndedAt, Output) = (JobState.Succeeded, now, output);
        return true;
    }

    public bool Fail(DateTimeOffset now, string failureClass, string reason)
    {
        if (State is not (JobState.Running or JobState.Planned)) return false;
        (State, EndedAt, FailureClass, FailureReason) = (JobState.Failed, now, failureClass, reason);
        return true;
    }

    public bool Cancel(DateTimeOffset now)
    {
        if (State.IsTerminal()) return false;
        (State, EndedAt, FailureClass) = (JobState.Cancelled, now, FailureClasses.Cancelled);
        return true;
    }

    /// <summary>A person has it tried again where it failed.</summary>
    /// <param name="remaining">Shards of the stage in hand that have not succeeded, those that came in after the failure counted.</param>
    public bool Redrive(int remaining)
    {
        if (State is not JobState.Failed || remaining < 0 || remaining > StageSize) return false;
        (State, Remaining) = (StartedAt is null ? JobState.Planned : JobState.Running, remaining);
        (EndedAt, FailureClass, FailureReason) = (null, null, null);
        return true;
    }

    /// <summary>The failure of a job before it, which cancelled this one, is tried again.</summary>
    public bool PlanAgain()
    {
        if (State is not JobState.Cancelled || StartedAt is not null) return false;
        (State, EndedAt, FailureClass) = (JobState.Planned, null, null);
        return true;
    }
}
