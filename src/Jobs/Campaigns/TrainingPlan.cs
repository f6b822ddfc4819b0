using System.Text.Json.Nodes;
using PortraitGen.Domain.Artifacts;
using PortraitGen.Domain.Campaigns;
using PortraitGen.Jobs.Planning;

namespace PortraitGen.Jobs.Campaigns;

/// <summary>The jobs of a training campaign: encode, label, train the rewards, benchmark, epochs, benchmark again, export.</summary>
public sealed class TrainingPlan : ICampaignPlan
{
    /// <summary>Names by which later jobs find earlier ones' outputs.</summary>
    public const string Before = "benchmark-before", After = "benchmark-after";

    public string Kind => "training";

    public IReadOnlyList<PlannedJob> Jobs(JsonObject spec)
    {
        var campaign = DomainJson.Read<CampaignSpec>(spec);
        return
        [
            new(JobKinds.Invert, JobKinds.Invert, []),
            new(JobKinds.Label, JobKinds.Label, []),
            new(JobKinds.TrainReward, JobKinds.TrainReward, []),
            new(JobKinds.Benchmark, Before, new() { ["epoch"] = 0 }),
            .. Enumerable.Range(1, campaign.Epochs).Select(e => new PlannedJob(JobKinds.GrpoEpoch, EpochName(e), new() { ["epoch"] = e })),
            new(JobKinds.Benchmark, After, new() { ["epoch"] = campaign.Epochs }),
            new(JobKinds.Export, JobKinds.Export, new() { ["epoch"] = campaign.Epochs }),
        ];
    }

    public static string EpochName(int epoch) => $"grpo-epoch-{epoch}";
}
