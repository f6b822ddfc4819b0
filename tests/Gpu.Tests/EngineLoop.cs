using System.Text.Json.Nodes;
using PortraitGen.Domain.Artifacts;
using PortraitGen.Domain.Campaigns;
using PortraitGen.Gpu.Runtime;
using PortraitGen.Jobs.Planning;

namespace PortraitGen.Gpu.Tests;

/// <summary>The bare engine: planners and handlers in a plain loop, no rows, no bus. What orchestration adds is measured against it.</summary>
public sealed class EngineLoop(IArtifactStore store, IReadOnlyList<IJobPlanner> planners, IReadOnlyList<IShardHandler> handlers)
{
    /// <summary>Shards run, by kind.</summary>
    public Dictionary<string, int> Shards { get; } = [];

    /// <summary>Metrics of each job, by job name.</summary>
    public Dictionary<string, IReadOnlyDictionary<string, double>> Metrics { get; } = [];

    /// <summary>Artifacts by name.</summary>
    public Dictionary<string, ArtifactRef> Artifacts { get; } = [];

    /// <summary>Runs every job of a plan; gives the jobs' outputs by name.</summary>
    /// <param name="order">Changes the order in which the shards of a stage run; results must not depend on it.</param>
    public async Task<Dictionary<string, JsonObject>> RunAsync(ICampaignPlan plan, JsonObject spec, Func<int, IEnumerable<int>>? order, CancellationToken cancel)
    {
        var outputs = new Dictionary<string, JsonObject>();
        foreach (var job in plan.Jobs(spec))
        {
            var stages = new List<FinishedStage>();
            while (true)
            {
                var step = await planners.Single(p => p.Kind == job.Kind).NextAsync(new(spec, job.Parameters, stages, outputs), cancel);
                if (step is PlanStep.Failed failed) throw new InvalidOperationException($"{job.Name}: {failed.FailureClass}: {failed.Reason}");
                if (step is PlanStep.Done done)
                {
                    outputs[job.Name] = done.Output;
                    Metrics[job.Name] = done.Metrics;
                    foreach (var (name, artifact) in done.Artifacts) Artifacts[name] = artifact;
                    break;
                }
                var stage = (PlanStep.Stage)step;
                var results = new ShardResult[stage.Shards.Count];
                foreach (int i in order?.Invoke(results.Length) ?? Enumerable.Range(0, results.Length)) results[i] = Run(stage.Shards[i], cancel);
                stages.Add(new(stage.Name, results));
            }
        }
        return outputs;
    }

    private ShardResult Run(ShardPlan shard, CancellationToken cancel)
    {
        Shards[shard.Kind] = Shards.GetValueOrDefault(shard.Kind) + 1;
        var input = (JsonObject)JsonNode.Parse(CanonicalJson.ToBytes(shard.Input))!;
        var result = handlers.Single(h => h.Kind == shard.Kind).Run(new ShardRun(input, store, (_, _) => { }, cancel), cancel);
        return ShardResult.Parse(result.ToBytes());
    }
}
