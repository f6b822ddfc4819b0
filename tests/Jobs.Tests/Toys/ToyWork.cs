using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using PortraitGen.Domain.Artifacts;
using PortraitGen.Domain.Campaigns;
using PortraitGen.Gpu.Runtime;
using PortraitGen.Jobs.Planning;

namespace PortraitGen.Jobs.Tests.Toys;

/// <summary>Jobs of some stages of some shards. Each stage sums the one before it, so that a shard that ran with the wrong results shows.</summary>
public sealed class ToyPlan : ICampaignPlan
{
    public string Kind => "toy";

    /// <summary>A specification of <paramref name="jobs"/> jobs of <paramref name="stages"/> stages of <paramref name="shards"/> shards.</summary>
    public static JsonObject Spec(int jobs = 1, int stages = 1, int shards = 2, int seed = 0) =>
        new() { ["jobs"] = jobs, ["stages"] = stages, ["shards"] = shards, ["seed"] = seed };

    public IReadOnlyList<PlannedJob> Jobs(JsonObject spec) =>
        [.. Enumerable.Range(0, (int)spec["jobs"]!).Select(i => new PlannedJob("toy-job", $"toy-{i}", new() { ["epoch"] = i }))];

    /// <summary>The last job's sum, worked out without any of the machinery.</summary>
    public static long Expected(JsonObject spec)
    {
        var (jobs, stages, shards, sum) = ((int)spec["jobs"]!, (int)spec["stages"]!, (int)spec["shards"]!, (long)(int)spec["seed"]!);
        for (int i = 0; i < jobs * stages; i++) sum = Enumerable.Range(0, shards).Sum(index => ToyHandler.Value(sum, index));
        return sum;
    }
}

public sealed class ToyPlanner : IJobPlanner
{
    public string Kind => "toy-job";

    public Task<PlanStep> NextAsync(JobProgress progress, CancellationToken cancel)
    {
        var (spec, epoch) = (progress.Spec, (int)progress.Parameters["epoch"]!);
        long sum = progress.Stages.Count > 0 ? progress.Stages[^1].Results.Sum(r => (long)r.Values["value"]!)
            : epoch > 0 ? (long)progress.Outputs[$"toy-{epoch - 1}"]["sum"]! : (int)spec["seed"]!;
        if (progress.Stages.Count < (int)spec["stages"]!)
        {
            var shards = Enumerable.Range(0, (int)spec["shards"]!).Select(i => new ShardPlan("toy", new()
            {
                ["seed"] = (int)spec["seed"]!,
                ["epoch"] = epoch,
                ["stage"] = progress.Stages.Count,
                ["index"] = i,
                ["sum"] = sum,
            }));
            return Task.FromResult<PlanStep>(new PlanStep.Stage($"stage-{progress.Stages.Count}", [.. shards]));
        }

        var last = progress.Stages[^1].Results[0].Output("note");
        return Task.FromResult<PlanStep>(new PlanStep.Done(
            new() { ["sum"] = sum }, new Dictionary<string, double> { ["toy/sum"] = sum }, new Dictionary<string, ArtifactRef> { ["note.txt"] = last }));
    }
}

/// <summary>Adds; does before that whatever a test wants.</summary>
public sealed class ToyHandler : IShardHandler
{
    public string Kind => "toy";

    /// <summary>Called on the device thread before the work.</summary>
    public Action<ShardRun, CancellationToken> Before { get; set; } = (_, _) => { };

    /// <summary>How often each stage and index was computed.</summary>
    public ConcurrentDictionary<(int Epoch, int Stage, int Index), int> Runs { get; } = new();

    public static long Value(long sum, int index) => (sum * 31 + index) % 1_000_003;

    public ShardResult Run(ShardRun run, CancellationToken cancel)
    {
        int index = (int)run.Input["index"]!;
        Runs.AddOrUpdate(((int)run.Input["epoch"]!, (int)run.Input["stage"]!, index), 1, (_, n) => n + 1);
        Before(run, cancel);
        long value = Value((long)run.Input["sum"]!, index);
        var note = run.Write(System.Text.Encoding.UTF8.GetBytes($"{value}"), "text/plain");
        return new(new Dictionary<string, ArtifactRef> { ["note"] = note }, new() { ["value"] = value });
    }
}
