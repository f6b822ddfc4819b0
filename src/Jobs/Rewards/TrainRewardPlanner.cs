using PortraitGen.Domain.Artifacts;
using PortraitGen.Domain.Campaigns;
using PortraitGen.Domain.Rewards;
using PortraitGen.Jobs.Inversion;
using PortraitGen.Jobs.Planning;

namespace PortraitGen.Jobs.Rewards;

/// <summary>What <c>train-reward</c> leaves: the rewards in force, and the works that made them.</summary>
public sealed record TrainedRewards(IReadOnlyList<RewardRef> Rewards, IReadOnlyList<WorkRef>? Works = null);

/// <summary>Two chains side by side, one for each reward: stage i holds link i of both.</summary>
public sealed class TrainRewardPlanner : IJobPlanner
{
    public static IReadOnlyList<string> Names { get; } = [RewardNames.Omni, RewardNames.AiPortrait];

    public string Kind => JobKinds.TrainReward;

    public Task<PlanStep> NextAsync(JobProgress progress, CancellationToken cancel) => Task.FromResult(Next(progress));

    private static PlanStep Next(JobProgress progress)
    {
        var spec = DomainJson.Read<CampaignSpec>(progress.Spec);
        int from = progress.Stages.Count * spec.Rewards.StepsPerShard, total = spec.Rewards.TrainingSteps;
        var last = progress.Stages.Count == 0 ? null : progress.Stages[^1].Results;
        if (from < total)
        {
            var dataset = DomainJson.Read<EncodedDataset>(progress.Outputs[JobKinds.Invert]);
            var labelled = DomainJson.Read<LabelledSet>(progress.Outputs[JobKinds.Label]);
            return new PlanStep.Stage($"steps-{from}", [.. Names.Select((name, i) => new ShardPlan(ShardKinds.TrainReward, DomainJson.ToNode(new TrainRewardInput(
                name, last?[i].Output("reward").Hash, from, Math.Min(total, from + spec.Rewards.StepsPerShard), total,
                dataset.TrainFiles, labelled.Files, [], (ulong)spec.Seed, spec.Profile))))]);
        }

        var rewards = Names.Select((name, i) => Reward(name, last![i])).ToArray();
        var metrics = Names.SelectMany((name, i) => new[] { "accuracy", "loss" }.Select(m => (Key: $"reward/{name}/train-{m}", Value: last![i].Values[m]!.GetValue<double>())));
        return new PlanStep.Done(DomainJson.ToNode(new TrainedRewards(rewards, [.. progress.Stages.SelectMany(s => s.Works)])), metrics.ToDictionary(m => m.Key, m => m.Value),
            Names.Select((name, i) => (name, i)).ToDictionary(n => $"rewards/{n.name}.safetensors", n => last![n.i].Output("reward")));
    }

    /// <summary>A reward as a shard left it.</summary>
    public static RewardRef Reward(string name, ShardResult result) => new(name, result.Output("reward").Hash, result.Values["realMean"]!.GetValue<double>());
}
