using System.Text.Json.Nodes;
using PortraitGen.Domain.Campaigns;

namespace PortraitGen.Jobs.Planning;

/// <summary>Decides the stages of one kind of job. Depends on nothing but its arguments and stored results, so that planning again plans the same.</summary>
public interface IJobPlanner
{
    /// <summary>One of <see cref="JobKinds"/>.</summary>
    string Kind { get; }

    /// <summary>Called when a job starts and whenever all shards of its stage have succeeded.</summary>
    Task<PlanStep> NextAsync(JobProgress progress, CancellationToken cancel);
}

/// <summary>A finished stage: its shards' results in the order of their index.</summary>
public sealed record FinishedStage(string Name, IReadOnlyList<ShardResult> Results)
{
    /// <summary>What was done, by hash, in the same order: what a certificate is made from.</summary>
    public IReadOnlyList<WorkRef> Works { get; init; } = [];
}

/// <summary>What a planner sees.</summary>
/// <param name="Spec">The campaign's validated specification, as stored.</param>
/// <param name="Parameters">The job's own parameters, e.g. the epoch's number.</param>
/// <param name="Stages">The job's finished stages, oldest first; empty when it starts.</param>
/// <param name="Outputs">The outputs of the campaign's earlier jobs, by job name (e.g. <c>invert</c>, <c>grpo-epoch-3</c>).</param>
public sealed record JobProgress(JsonObject Spec, JsonObject Parameters, IReadOnlyList<FinishedStage> Stages, IReadOnlyDictionary<string, JsonObject> Outputs);

/// <summary>A job that a campaign will run, in order.</summary>
/// <param name="Name">Unique within the campaign.</param>
public sealed record PlannedJob(string Kind, string Name, JsonObject Parameters);
