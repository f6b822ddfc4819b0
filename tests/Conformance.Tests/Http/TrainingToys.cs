using System.Text;
using System.Text.Json.Nodes;
using PortraitGen.Domain.Artifacts;
using PortraitGen.Domain.Campaigns;
using PortraitGen.Gpu.Runtime;
using PortraitGen.Jobs.Planning;

namespace PortraitGen.Conformance.Tests.Http;

/// <summary>Campaigns of one job an epoch, whose work is a file; HTTP and the command line are tested here, not training.</summary>
public sealed class TrainingToyPlan : ICampaignPlan
{
    public string Kind => CampaignKinds.Training;

    public IReadOnlyList<PlannedJob> Jobs(JsonObject spec) =>
        [.. Enumerable.Range(1, (int)spec["epochs"]!).Select(i => new PlannedJob("toy-epoch", $"epoch-{i}", new() { ["epoch"] = i }))];
}

/// <summary>Three shards, then a checkpoint that chains to the one before.</summary>
public sealed class TrainingToyPlanner(IArtifactStore store) : IJobPlanner
{
    public string Kind => "toy-epoch";

    public async Task<PlanStep> NextAsync(JobProgress progress, CancellationToken cancel)
    {
        int epoch = (int)progress.Parameters["epoch"]!;
        if (progress.Stages.Count == 0)
            return new PlanStep.Stage("rollout", [.. Enumerable.Range(0, 3).Select(i => new ShardPlan("toy", new() { ["name"] = progress.Spec["name"]!.DeepClone(), ["epoch"] = epoch, ["index"] = i }))]);
        var policy = progress.Stages[0].Results[0].Output("policy");
        var manifest = new JsonObject
        {
            ["version"] = epoch,
            ["parent"] = epoch > 1 ? progress.Outputs[$"epoch-{epoch - 1}"]["manifest"]!.DeepClone() : null,
            ["policy"] = policy.ToJson(),
            ["inputs"] = new JsonObject { ["dataset"] = progress.Spec["dataset"]!.DeepClone() },
            ["spec"] = CanonicalJson.Hash(progress.Spec).Hex,
        };
        var stored = await store.PutAsync(CanonicalJson.ToBytes(manifest), MediaTypes.Json, cancel);
        return new PlanStep.Done(new() { ["manifest"] = stored.Hash.Hex }, new Dictionary<string, double> { ["reward/omni/mean"] = epoch / 10.0 },
            new Dictionary<string, ArtifactRef> { [$"epoch-{epoch:000}/checkpoint.json"] = stored, [$"epoch-{epoch:000}/policy.safetensors"] = policy });
    }
}

/// <summary>Waits while a campaign's name begins with <c>slow</c>.</summary>
public sealed class TrainingToyHandler : IShardHandler
{
    public string Kind => "toy";

    /// <summary>Whether campaigns called <c>broken once</c> go well by now.</summary>
    public static bool Mended { get; set; }

    public ShardResult Run(ShardRun run, CancellationToken cancel)
    {
        string name = run.Input["name"]!.GetValue<string>();
        if (name.StartsWith("slow", StringComparison.Ordinal))
        {
            cancel.WaitHandle.WaitOne(TimeSpan.FromSeconds(60));
            cancel.ThrowIfCancellationRequested();
        }

        if (name == "broken once" && !Mended) throw new ShardFailedException(FailureClasses.Nan, "a loss is not finite");
        return new(new Dictionary<string, ArtifactRef> { ["policy"] = run.Write(Encoding.UTF8.GetBytes($"{name} {run.Input["epoch"]} {run.Input["index"]}"), MediaTypes.Safetensors) }, []);
    }
}
