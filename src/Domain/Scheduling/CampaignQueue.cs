using PortraitGen.Domain.Campaigns;

namespace PortraitGen.Domain.Scheduling;

/// <summary>The waiting shards of one campaign, as a count: within a campaign they go in their own order.</summary>
/// <param name="id">Its order among equals, too: older campaigns have smaller ids.</param>
/// <param name="priority">Its class within the team: higher goes first.</param>
/// <param name="kind">The kind of its next shard.</param>
/// <param name="servedAt">When it last got something; null for never.</param>
public sealed class CampaignQueue(CampaignId id, string team, int priority, Needs needs, string kind, DateTimeOffset? servedAt = null)
{
    /// <summary>What a shard is taken to cost while none of its kind has ended.</summary>
    public const double UnknownSeconds = 60;

    public CampaignId Id { get; } = id;
    public string Team { get; } = team;
    public int Priority { get; } = priority;
    public Needs Needs { get; } = needs;
    public string Kind { get; } = kind;

    internal DateTimeOffset? ServedAt { get; set; } = servedAt;

    /// <summary>When it last got something, or began to wait if that was later.</summary>
    public DateTimeOffset WaitingSince { get; internal set; } = servedAt ?? DateTimeOffset.MinValue;

    /// <summary>Shards that wait.</summary>
    public int Waiting { get; internal set; }

    public int InFlight { get; internal set; }

    /// <summary>Mean device-seconds of its shards that ended; null before the first.</summary>
    public double? SecondsPerShard { get; init; }

    /// <summary>Device-seconds it may use; null: no limit.</summary>
    public double? Budget { get; init; }

    /// <summary>Device-seconds it has used.</summary>
    public double Spent { get; set; }

    /// <summary>Where it waits; set when it first arrives.</summary>
    internal Lane? Lane { get; set; }

    public double ExpectedSeconds => SecondsPerShard ?? UnknownSeconds;

    /// <summary>Whether what is in flight leaves something of the budget.</summary>
    public bool InBudget => Budget is not { } budget || Spent + (InFlight * ExpectedSeconds) < budget;

    /// <summary>Higher priority first, then the older campaign.</summary>
    internal static readonly Comparer<CampaignQueue> ByTurn = Comparer<CampaignQueue>.Create((a, b) =>
        a.Priority != b.Priority ? b.Priority.CompareTo(a.Priority) : a.Id.CompareTo(b.Id));

    /// <summary>Who waits longest first.</summary>
    internal static readonly Comparer<CampaignQueue> ByWait = Comparer<CampaignQueue>.Create((a, b) =>
        a.WaitingSince != b.WaitingSince ? a.WaitingSince.CompareTo(b.WaitingSince) : a.Id.CompareTo(b.Id));
}
