using PortraitGen.Domain.Artifacts;

namespace PortraitGen.Domain.Campaigns;

/// <summary>One run that a team submits: its jobs run in order, each fanned out as shards.</summary>
/// <remarks>Transitions say whether they happened; false means that nothing changed. Time comes in from outside.</remarks>
public sealed class Campaign
{
    private Campaign() { }

    public Campaign(
        CampaignId id, string kind, string name, string team, string spec, string? idempotencyKey, int priority, DateTimeOffset now, double? budgetSeconds = null, string? needs = null)
    {
        (Id, Kind, Name, Team, Spec, IdempotencyKey, Priority, CreatedAt) = (id, kind, name, team, spec, idempotencyKey, priority, now);
        (BudgetSeconds, Needs) = (budgetSeconds, needs);
        SpecHash = ContentHash.Of(System.Text.Encoding.UTF8.GetBytes(spec));
    }

    public CampaignId Id { get; private set; }

    /// <summary>One of <see cref="CampaignKinds"/>: which plan gives its jobs.</summary>
    public string Kind { get; private set; } = "";

    public string Name { get; private set; } = "";
    public string Team { get; private set; } = "";
    public CampaignState State { get; private set; }

    /// <summary>The validated specification as canonical JSON.</summary>
    public string Spec { get; private set; } = "{}";

    public ContentHash SpecHash { get; private set; }

    /// <summary>Submitting twice under one key of one team gives one campaign.</summary>
    public string? IdempotencyKey { get; private set; }

    /// <summary>Higher goes first among the campaigns of its team; equal ones by age.</summary>
    public int Priority { get; private set; }

    /// <summary>Device-seconds it may use; null: no limit.</summary>
    public double? BudgetSeconds { get; private set; }

    /// <summary>What its shards want of a worker, as <see cref="Scheduling.Needs"/> writes it; null: nothing.</summary>
    public string? Needs { get; private set; }

    /// <summary>When a shard of it was last dispatched. A hint for fairness, written beside the transitions.</summary>
    public DateTimeOffset? ServedAt { get; private set; }

    /// <summary>When the rows of its shards were moved into an artifact.</summary>
    public DateTimeOffset? ArchivedAt { get; private set; }

    public DateTimeOffset CreatedAt { get; private set; }
    public DateTimeOffset? StartedAt { get; private set; }
    public DateTimeOffset? EndedAt { get; private set; }

    /// <summary>One of <see cref="FailureClasses"/>; null unless it failed or was cancelled.</summary>
    public string? FailureClass { get; private set; }

    public string? FailureReason { get; private set; }

    /// <summary>Counts transitions; the concurrency token.</summary>
    public int Version { get; private set; }

    public bool Start(DateTimeOffset now)
    {
        if (State is not CampaignState.Queued) return false;
        StartedAt = now;
        return To(CampaignState.Running);
    }

    public bool Succeed(DateTimeOffset now) => State is CampaignState.Running && End(CampaignState.Succeeded, now, null, null);

    public bool Fail(DateTimeOffset now, string failureClass, string reason) =>
        State is CampaignState.Queued or CampaignState.Running or CampaignState.Paused && End(CampaignState.Failed, now, failureClass, reason);

    /// <summary>Nothing more is dispatched. False when it is paused already, is being cancelled, or has ended.</summary>
    public bool Pause() => State is CampaignState.Queued or CampaignState.Running && To(CampaignState.Paused);

    /// <summary>Goes on where it was.</summary>
    public bool Resume() => State is CampaignState.Paused && To(StartedAt is null ? CampaignState.Queued : CampaignState.Running);

    /// <summary>A person has its failed job tried again.</summary>
    public bool Redrive()
    {
        if (State is not CampaignState.Failed) return false;
        (EndedAt, FailureClass, FailureReason) = (null, null, null);
        return To(CampaignState.Running);
    }

    /// <summary>False when it has ended, or is being cancelled already.</summary>
    public bool RequestCancel(string reason)
    {
        if (State is not (CampaignState.Queued or CampaignState.Running or CampaignState.Paused)) return false;
        (FailureClass, FailureReason) = (FailureClasses.Cancelled, reason);
        return To(CampaignState.Cancelling);
    }

    /// <summary>The last running shard has let go.</summary>
    public bool FinishCancel(DateTimeOffset now) =>
        State is CampaignState.Cancelling && End(CampaignState.Cancelled, now, FailureClass, FailureReason);

    private bool End(CampaignState state, DateTimeOffset now, string? failureClass, string? reason)
    {
        (EndedAt, FailureClass, FailureReason) = (now, failureClass, reason);
        return To(state);
    }

    private bool To(CampaignState state)
    {
        (State, Version) = (state, Version + 1);
        return true;
    }
}
