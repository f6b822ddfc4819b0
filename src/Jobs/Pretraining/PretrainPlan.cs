using System.Text.Json.Nodes;
using PortraitGen.Domain.Campaigns;
using PortraitGen.Jobs.Planning;

namespace PortraitGen.Jobs.Pretraining;

/// <summary>A pretraining campaign is one job: portraits, autoencoder, latents, transformer, package.</summary>
public sealed class PretrainPlan : ICampaignPlan
{
    public string Kind => "pretraining";

    public IReadOnlyList<PlannedJob> Jobs(JsonObject spec) => [new(JobKinds.Pretrain, JobKinds.Pretrain, [])];
}
