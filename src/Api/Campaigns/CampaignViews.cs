using System.Text.Json.Nodes;
using PortraitGen.Api.Hosting;
using PortraitGen.Domain.Campaigns;

namespace PortraitGen.Api.Campaigns;

/// <summary>A campaign in a list.</summary>
public sealed record CampaignView(
    Guid Id, string Kind, string Name, string Team, string State, int Priority, string SpecHash, DateTimeOffset CreatedAt, DateTimeOffset? StartedAt, DateTimeOffset? EndedAt,
    string? FailureClass, string? FailureReason)
{
    public static CampaignView Of(Campaign c) => new(
        c.Id.Value, c.Kind, c.Name, c.Team, Words.Of(c.State), c.Priority, c.SpecHash.Hex, c.CreatedAt, c.StartedAt, c.EndedAt, c.FailureClass, c.FailureReason);
}

/// <summary>A campaign with its jobs and its specification as it runs: all defaults filled, names resolved.</summary>
public sealed record CampaignDetail(CampaignView Campaign, JsonNode Spec, IReadOnlyList<JobView> Jobs);

/// <summary>A job.</summary>
/// <param name="StageSize">Shards of the stage in hand.</param>
/// <param name="Remaining">How many of them have not succeeded yet.</param>
public sealed record JobView(
    Guid Id, Guid CampaignId, int Ordinal, string Kind, string Name, string State, int Stage, string? StageName, int StageSize, int Remaining,
    DateTimeOffset? StartedAt, DateTimeOffset? EndedAt, string? FailureClass, string? FailureReason)
{
    public static JobView Of(Job j) => new(
        j.Id.Value, j.CampaignId.Value, j.Ordinal, j.Kind, j.Name, Words.Of(j.State), j.Stage, j.StageName, j.StageSize, j.Remaining,
        j.StartedAt, j.EndedAt, j.FailureClass, j.FailureReason);
}

/// <summary>A job with its output and one slice of its shards.</summary>
/// <param name="NextShards">Give this as <c>after</c> for the next slice; null at the end.</param>
public sealed record JobDetail(JobView Job, JsonNode? Parameters, JsonNode? Output, IReadOnlyList<ShardView> Shards, string? NextShards);

/// <summary>A shard.</summary>
/// <param name="Fraction">Progress of a running one, in [0, 1].</param>
public sealed record ShardView(
    Guid Id, int Stage, string StageName, int Index, string Kind, string State, int Attempt, string? Worker, double Fraction, string? Progress,
    string InputKey, string? ResultHash, string? FailureClass, string? FailureReason)
{
    public static ShardView Of(Shard s) => new(
        s.Id.Value, s.Stage, s.StageName, s.Index, s.Kind, Words.Of(s.State), s.Attempt, s.Worker, s.Fraction, s.ProgressText,
        s.InputKey.Hex, s.ResultHash?.Hex, s.FailureClass, s.FailureReason);
}

/// <summary>A shard with what a person needs who looks into a failure.</summary>
/// <param name="Input">The payload, whole: what the worker was given.</param>
/// <param name="Stack">Of the last failure that had one. A process that was killed leaves none; <paramref name="Runs"/> names it.</param>
public sealed record ShardDetail(ShardView Shard, JsonNode Input, int Deaths, string? Stack, IReadOnlyList<RunView> Runs);

/// <summary>One run of a shard by one start of a worker.</summary>
/// <param name="Outcome"><c>succeeded</c>, <c>died</c> or a class of failure; null while it runs.</param>
public sealed record RunView(int Attempt, string Worker, Guid BootId, DateTimeOffset StartedAt, DateTimeOffset? EndedAt, string? Outcome);

/// <summary>One curve of a campaign.</summary>
public sealed record MetricSeries(string Series, IReadOnlyList<MetricValue> Points);

/// <param name="Step">The epoch, or the job's place when it has none.</param>
public sealed record MetricValue(long Step, double Value);

/// <summary>A stored object of a campaign; <c>/api/artifacts/{hash}</c> gives its bytes.</summary>
public sealed record ArtifactView(string Name, string Hash, long Length, string MediaType, Guid JobId, DateTimeOffset CreatedAt)
{
    public static ArtifactView Of(CampaignArtifact a) => new(a.Name, a.Hash.Hex, a.Length, a.MediaType, a.JobId.Value, a.CreatedAt);
}
