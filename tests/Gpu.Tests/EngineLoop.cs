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

    /// <summary>Wraps each shard: is given its kind and what runs it.</summary>
    public Func<string, Func<ShardResult>, ShardResult> Around { get; set; } = (_, run) => run();

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
                var works = new WorkRef[results.Length];
                foreach (int i in order?.Invoke(results.Length) ?? Enumerable.Range(0, results.Length)) (results[i], works[i]) = await RunAsync(stage.Shards[i], cancel);
                stages.Add(new(stage.Name, results) { Works = works });
            }
        }
        return outputs;
    }

    /// <summary>Computes and stores what a worker does: outputs, the work's document, the result index.</summary>
    private async Task<(ShardResult Result, WorkRef Work)> RunAsync(ShardPlan shard, CancellationToken cancel)
    {
        Shards[shard.Kind] = Shards.GetValueOrDefault(shard.Kind) + 1;
        var input = (JsonObject)JsonNode.Parse(CanonicalJson.ToBytes(shard.Input))!;
        var result = Around(shard.Kind, () => handlers.Single(h => h.Kind == shard.Kind).Run(new ShardRun(input, store, (_, _) => { }, cancel), cancel));
        var (document, index) = (InputKey.Document(shard.Kind, input), result.ToBytes());
        var work = new WorkRef(shard.Kind, ContentHash.Of(document), ContentHash.Of(index));
        await store.PutAsync(document, MediaTypes.Json, cancel);
        await store.TryPutNamedAsync(InputKey.ResultName(work.Key), index, cancel);
        return (ShardResult.Parse(index), work);
    }
}
