using PortraitGen.Domain.Artifacts;

namespace PortraitGen.Domain.Campaigns;

/// <summary>Something that happened to a campaign. Only ever added; the number orders the events of one campaign.</summary>
public sealed class CampaignEvent
{
    private CampaignEvent() { }

    public CampaignEvent(CampaignId campaignId, JobId? jobId, string kind, string data, DateTimeOffset now) =>
        (CampaignId, JobId, Kind, Data, At) = (campaignId, jobId, kind, data, now);

    /// <summary>Given by the database.</summary>
    public long Number { get; private set; }

    public CampaignId CampaignId { get; private set; }
    public JobId? JobId { get; private set; }

    /// <summary>One of <see cref="EventKinds"/>.</summary>
    public string Kind { get; private set; } = "";

    /// <summary>JSON.</summary>
    public string Data { get; private set; } = "{}";

    public DateTimeOffset At { get; private set; }
}

/// <summary>The stable names of events.</summary>
public static class EventKinds
{
    public const string CampaignSubmitted = "campaign-submitted";
    public const string CampaignStarted = "campaign-started";
    public const string CampaignSucceeded = "campaign-succeeded";
    public const string CampaignFailed = "campaign-failed";
    public const string CancelRequested = "cancel-requested";
    public const string CampaignCancelled = "campaign-cancelled";
    public const string CampaignPaused = "campaign-paused";
    public const string CampaignResumed = "campaign-resumed";
    public const string JobRedriven = "job-redriven";
    public const string JobStarted = "job-started";
    public const string JobSucceeded = "job-succeeded";
    public const string JobFailed = "job-failed";
    public const string StagePlanned = "stage-planned";
    public const string Progress = "progress";
    public const string ShardRetried = "shard-retried";
    public const string ShardFailed = "shard-failed";
    public const string ShardParked = "shard-parked";

    /// <summary>Training goes on, but a person should look: a spike of a curve, say.</summary>
    public const string Warning = "warning";

    /// <summary>An alarm: equal inputs gave different results.</summary>
    public const string Nondeterminism = "nondeterminism";
}

/// <summary>One point of one of a campaign's curves.</summary>
public sealed class MetricPoint
{
    private MetricPoint() { }

    public MetricPoint(CampaignId campaignId, string series, long step, double value) =>
        (CampaignId, Series, Step, Value) = (campaignId, series, step, value);

    public CampaignId CampaignId { get; private set; }

    /// <summary>E.g. <c>reward/ai-portrait/mean</c>.</summary>
    public string Series { get; private set; } = "";

    /// <summary>The job's <c>epoch</c> parameter, or its ordinal when it has none.</summary>
    public long Step { get; private set; }

    public double Value { get; private set; }
}

/// <summary>A stored object that people list and download.</summary>
public sealed class CampaignArtifact
{
    private CampaignArtifact() { }

    public CampaignArtifact(CampaignId campaignId, JobId jobId, string name, ArtifactRef artifact, DateTimeOffset now) =>
        (CampaignId, JobId, Name, Hash, Length, MediaType, CreatedAt) =
        (campaignId, jobId, name, artifact.Hash, artifact.Length, artifact.MediaType, now);

    public CampaignId CampaignId { get; private set; }
    public JobId JobId { get; private set; }

    /// <summary>Unique within the job, e.g. <c>epoch-003/sample-2.png</c>.</summary>
    public string Name { get; private set; } = "";

    public ContentHash Hash { get; private set; }
    public long Length { get; private set; }
    public string MediaType { get; private set; } = "";
    public DateTimeOffset CreatedAt { get; private set; }
}
