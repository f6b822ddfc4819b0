using System.Text.Json.Nodes;
using PortraitGen.Domain.Artifacts;
using PortraitGen.Domain.Campaigns;

namespace PortraitGen.Jobs.Planning;

/// <summary>A shard that a planner wants done.</summary>
/// <param name="Kind">One of <see cref="ShardKinds"/>.</param>
/// <param name="Input">Everything the work depends on: references, seeds, settings, execution profile. Its hash is the input key.</param>
public sealed record ShardPlan(string Kind, JsonObject Input);

/// <summary>What a job does next.</summary>
public abstract record PlanStep
{
    private PlanStep() { }

    /// <summary>The job's next stage: all of its shards may run at once.</summary>
    public sealed record Stage(string Name, IReadOnlyList<ShardPlan> Shards) : PlanStep;

    /// <summary>The job is done.</summary>
    /// <param name="Output">What later jobs of the campaign read.</param>
    /// <param name="Metrics">Points of the campaign's curves, by series name, e.g. <c>reward/ai-portrait/mean</c>.</param>
    /// <param name="Artifacts">Stored objects that people list and download, by name, e.g. <c>epoch-003/sample-2.png</c>.</param>
    public sealed record Done(JsonObject Output, IReadOnlyDictionary<string, double> Metrics, IReadOnlyDictionary<string, ArtifactRef> Artifacts) : PlanStep
    {
        /// <summary>What a person should look at; each becomes an event of the campaign.</summary>
        public IReadOnlyList<string> Warnings { get; init; } = [];

        public Done(JsonObject output) : this(output, new Dictionary<string, double>(), new Dictionary<string, ArtifactRef>()) { }
    }

    /// <summary>The job cannot go on, whatever is retried.</summary>
    public sealed record Failed(string FailureClass, string Reason) : PlanStep;
}
