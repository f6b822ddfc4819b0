using PortraitGen.Domain.Artifacts;
using PortraitGen.Domain.Campaigns;
using PortraitGen.Domain.Grpo;
using PortraitGen.Domain.Inversion;
using PortraitGen.Domain.Maths;
using PortraitGen.Domain.Rewards;
using PortraitGen.Jobs.Bench;
using PortraitGen.Jobs.Campaigns;
using PortraitGen.Jobs.Inversion;
using PortraitGen.Jobs.Planning;
using PortraitGen.Jobs.Rewards;

namespace PortraitGen.Jobs.Grpo;

/// <summary>One epoch: which stages it has and what their shards are.</summary>
internal sealed class EpochStages
{
    private const string Init = "init", Invert = "invert", Rollout = "rollout", Score = "score", Gradient = "gradient-", Update = "update-", Refresh = "refresh", Preview = "preview";
    private readonly JobProgress _progress;
    private readonly CampaignSpec _spec;
    private readonly EncodedDataset _dataset;
    private readonly GroupRef[] _groups;
    private readonly GroupRef[][] _slices;
    private readonly EpochOutput? _before;
    private readonly int _epoch;

    public EpochStages(JobProgress progress)
    {
        _progress = progress;
        _spec = DomainJson.Read<CampaignSpec>(progress.Spec);
        _epoch = progress.Parameters["epoch"]!.GetValue<int>();
        _dataset = DomainJson.Read<EncodedDataset>(progress.Outputs[JobKinds.Invert]);
        _before = _epoch == 1 ? null : DomainJson.Read<EpochOutput>(progress.Outputs[TrainingPlan.EpochName(_epoch - 1)]);
        _groups = EpochGroups.Of(_spec, _dataset, _epoch);
        _slices = [.. _groups.Chunk(_spec.Profile.GroupsPerShard)];
    }

    private bool Grpo => _spec.Objective is Objective.Grpo;
    private bool RefreshDue => Grpo && _spec.Rewards.RefreshEvery > 0 && _epoch % _spec.Rewards.RefreshEvery == 0;
    private ContentHash Base => ContentHash.Parse(_spec.Base);
    private ulong Seed => (ulong)_spec.Seed;

    private IReadOnlyList<RewardRef> Rewards => _before?.Rewards ?? DomainJson.Read<TrainedRewards>(_progress.Outputs[JobKinds.TrainReward]).Rewards;

    public IEnumerable<string> Names()
    {
        if (_epoch == 1) yield return Init;
        if (Grpo && _spec.Exemplars.Method is ExemplarMethod.Belm) yield return Invert;
        if (Grpo) yield return Rollout;
        if (Grpo) yield return Score;
        for (int s = 0; s < _spec.Optimizer.StepsPerEpoch; s++)
        {
            yield return Gradient + s;
            yield return Update + s;
        }
        if (RefreshDue) yield return Refresh;
        if (_spec.Benchmark.Previews > 0) yield return Preview;
    }

    public IReadOnlyList<ShardPlan> Shards(string stage) => stage switch
    {
        Init => [new(ShardKinds.Update, DomainJson.ToNode(UpdateOf(null, [], 0, 0, 0, finishes: true)))],
        Invert => [.. _slices.Select(s => new ShardPlan(ShardKinds.Invert, DomainJson.ToNode(new TrajectoryInput(Base, Sampling(), _spec.Lora, s, _spec.Sampler, _spec.Profile))))],
        Rollout => [.. _slices.Select((s, i) => new ShardPlan(ShardKinds.Rollout, DomainJson.ToNode(RolloutOf(s, i))))],
        Score => Scores(),
        Refresh => [new(ShardKinds.TrainReward, DomainJson.ToNode(RefreshOf()))],
        Preview => [Previews.Shard(_spec, _dataset, LastUpdate().Output("policy").Hash, Rewards)],
        _ when stage.StartsWith(Gradient, StringComparison.Ordinal) => Gradients(int.Parse(stage[Gradient.Length..])),
        _ when stage.StartsWith(Update, StringComparison.Ordinal) => [new(ShardKinds.Update, DomainJson.ToNode(UpdateAfter(int.Parse(stage[Update.Length..]))))],
        _ => throw new InvalidOperationException($"An epoch has no stage '{stage}'."),
    };

    public PlanStep.Done Done()
    {
        var update = LastUpdate();
        var rewards = RefreshDue
            ? Rewards.Select(r => r.Name == RewardNames.AiPortrait ? TrainRewardPlanner.Reward(r.Name, Results(Refresh)[0]) : r).ToArray()
            : Rewards;
        var output = new EpochOutput(update.Output("manifest").Hash, update.Output("policy").Hash, update.Output("adapter").Hash, rewards,
            Grpo ? Rollouts() : [], (_before?.Refreshes ?? 0) + (RefreshDue ? 1 : 0), (_before?.Forwards ?? 0) + EpochMetrics.Forwards(_progress.Stages));
        var artifacts = _spec.Benchmark.Previews > 0 ? Previews.Artifacts(_epoch, Results(Preview)[0]) : [];
        artifacts[$"epoch-{_epoch:D3}/checkpoint.json"] = update.Output("manifest");
        var metrics = EpochMetrics.Of(_progress.Stages, Grpo ? Advantage() : null, Grpo ? RewardScores() : [], TrainRewardPlanner.Names);
        metrics["compute/forwards"] = output.Forwards;
        return new(DomainJson.ToNode(output), metrics, artifacts);
    }

    private RolloutInput RolloutOf(GroupRef[] slice, int index) => new(Base, Sampling(), _spec.Lora, _spec.Sampler, _spec.Exemplars, _spec.Group.Size, Seed, _epoch, WindowStart(index), slice,
        _spec.Exemplars.Method is ExemplarMethod.Belm ? Results(Invert)[index].Output("trajectories").Hash : null, _spec.Profile);

    /// <summary>One score shard for each rollout, and one for all exemplars of the epoch.</summary>
    private List<ShardPlan> Scores()
    {
        var shards = Rollouts().Select(r => new ShardPlan(ShardKinds.Score, DomainJson.ToNode(new ScoreInput(Rewards, r, [], _spec.Profile)))).ToList();
        if (_spec.Exemplars.Method is not ExemplarMethod.Off)
            shards.Add(new(ShardKinds.Score, DomainJson.ToNode(new ScoreInput(Rewards, null, [.. _groups.Select(g => g.Exemplar!)], _spec.Profile))));
        return shards;
    }

    private RewardScores[] RewardScores() => EpochScores.Of(_spec, Rewards, Results(Score), _groups.Length);

    private EpochAdvantages Advantage() => Advantages.Compute(RewardScores(), _spec.Exemplars.Advantage, _spec.Exemplars.Weight);

    /// <summary>Optimiser step s takes every S-th slice: all steps of an epoch see groups alike.</summary>
    private IEnumerable<int> SlicesOf(int step) => Enumerable.Range(0, _slices.Length).Where(i => i % _spec.Optimizer.StepsPerEpoch == step);

    private List<ShardPlan> Gradients(int step)
    {
        var advantage = Grpo ? Advantage() : null;
        return [.. SlicesOf(step).Select(i =>
        {
            var slice = _slices[i];
            return new ShardPlan(ShardKinds.Gradient, DomainJson.ToNode(new GradientInput(Base, Current(step), _spec.Lora, _spec.Sampler, _spec.Exemplars, _spec.Optimizer, Seed, _epoch,
                slice, Grpo ? Rollouts()[i] : null, Grpo ? WindowStart(i) : 0, OnPolicy: step == 0,
                [.. slice.Select(g => advantage?.Generated[g.Index] ?? [])],
                [.. slice.Select(g => advantage is null ? _spec.Exemplars.Weight : advantage.Exemplars[g.Index].FirstOrDefault())], _spec.Profile)));
        })];
    }

    private UpdateInput UpdateAfter(int step)
    {
        int groups = SlicesOf(step).Sum(i => _slices[i].Length);
        int each = _spec.Exemplars.Method is ExemplarMethod.Belm && Grpo ? _spec.Sampler.Window : _spec.Exemplars.Levels;
        var gradients = Results(Gradient + step).Select(r => new GradientRef(r.Output("onPolicy").Hash, r.Output("exemplar").Hash)).ToArray();
        return UpdateOf(Parent(step), gradients, (long)groups * _spec.Group.Size * _spec.Sampler.Window, (long)groups * each, step, step == _spec.Optimizer.StepsPerEpoch - 1);
    }

    private UpdateInput UpdateOf(ContentHash? parent, GradientRef[] gradients, long onPolicy, long exemplar, int step, bool finishes) => new(Base, _spec.Lora, parent, gradients, onPolicy, exemplar,
        _spec.Optimizer, Seed, _epoch, step, finishes, CanonicalJson.Hash(_progress.Spec), _spec.Profile);

    private TrainRewardInput RefreshOf()
    {
        int from = _spec.Rewards.TrainingSteps + (_before?.Refreshes ?? 0) * _spec.Rewards.RefreshSteps;
        var detector = Rewards.Single(r => r.Name == RewardNames.AiPortrait);
        return new(detector.Name, detector.State, from, from + _spec.Rewards.RefreshSteps, _spec.Rewards.TrainingSteps, _dataset.TrainFiles,
            DomainJson.Read<LabelledSet>(_progress.Outputs[JobKinds.Label]).Files, [.. _before?.Rollouts ?? [], .. Rollouts()], Seed, _spec.Profile);
    }

    private int WindowStart(int slice) => CounterRng.For(Seed, "window", _epoch, slice).Below(0, _spec.Sampler.MaxWindowStart + 1);

    private ContentHash[] Rollouts() => [.. Results(Rollout).Select(r => r.Output("rollout").Hash)];

    /// <summary>The policy that samples the epoch.</summary>
    private ContentHash Sampling() => _before?.Policy ?? Results(Init)[0].Output("policy").Hash;

    /// <summary>The policy in training at an optimiser step.</summary>
    private ContentHash Current(int step) => step == 0 ? Sampling() : Results(Update + (step - 1))[0].Output("policy").Hash;

    private ContentHash Parent(int step) => step > 0 ? Results(Update + (step - 1))[0].Output("manifest").Hash
        : _before?.Manifest ?? Results(Init)[0].Output("manifest").Hash;

    private ShardResult LastUpdate() => Results(Update + (_spec.Optimizer.StepsPerEpoch - 1))[0];

    private IReadOnlyList<ShardResult> Results(string stage) => _progress.Stages.Single(s => s.Name == stage).Results;
}
