using System.Text.Json.Nodes;
using PortraitGen.Domain.Artifacts;
using PortraitGen.Domain.Campaigns;
using PortraitGen.Domain.Grpo;
using PortraitGen.Jobs.Campaigns;
using PortraitGen.Jobs.Planning;

namespace PortraitGen.Jobs.Grpo;

/// <summary>Names what the campaign made: the last checkpoint's manifest, its three parts, and the adapter for other tools. Nothing is computed.</summary>
public sealed class ExportPlanner(IArtifactStore store) : IJobPlanner
{
    public string Kind => JobKinds.Export;

    public async Task<PlanStep> NextAsync(JobProgress progress, CancellationToken cancel)
    {
        var last = DomainJson.Read<EpochOutput>(progress.Outputs[TrainingPlan.EpochName(progress.Parameters["epoch"]!.GetValue<int>())]);
        var manifest = await store.GetAsync(last.Manifest, cancel);
        var certificate = CheckpointManifest.Read(manifest);
        var adapter = await store.GetAsync(last.Adapter, cancel);
        return new PlanStep.Done(
            new JsonObject { ["checkpoint"] = last.Manifest.Hex },
            new Dictionary<string, double>(),
            new Dictionary<string, ArtifactRef>
            {
                ["final/checkpoint.json"] = new(last.Manifest, manifest.Length, MediaTypes.Json),
                ["final/policy.safetensors"] = certificate.Policy,
                ["final/average.safetensors"] = certificate.AverageOrAll,
                ["final/moments.safetensors"] = certificate.MomentsOrAll,
                ["final/pytorch_lora_weights.safetensors"] = new(last.Adapter, adapter.Length, MediaTypes.Safetensors),
            });
    }
}
