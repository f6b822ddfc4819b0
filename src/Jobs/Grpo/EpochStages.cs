using PortraitGen.Domain.Artifacts;
using PortraitGen.Domain.Campaigns;
using PortraitGen.Domain.Grpo;
using PortraitGen.Domain.Inversion;
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

    private bool Samples => _spec.Samples;
    private bool RefreshDue => Samples && _spec.Rewards.RefreshEvery > 0 && _epoch % _spec.Rewards.RefreshEvery == 0;
    private ContentHash Base => ContentHash.Parse(_spec.Base);
    private ulong Seed => (ulong)_spec.Seed;

    /// <summary>As trained before the first epoch: the judges of previews, which a refresh must not move.</summary>
    private IReadOnlyList<RewardRef> FirstRewards => DomainJson.Read<TrainedRewards>(_progress.Outputs[JobKinds.TrainReward]).Rewards;

    private IReadOnlyList<RewardRef> Rewards => _before?.Rewards ?? FirstRewards;

    public IEnumerable<string> Names()
    {
        if (_epoch == 1) yield return Init;
        if (Samples && _spec.Exemplars.Inverts) yield return Invert;
        if (Samples) yield return Rollout;
        if (Samples) yield return Score;
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
        Init => [new(ShardKinds.Update, DomainJson.ToNode(UpdateOf(null, [], 0, 0, 0, finishes: true, Prepared())))],
        Invert => [.. Inversions().Select(i => new ShardPlan(ShardKinds.Invert, DomainJson.ToNode(i)))],
        Rollout => [.. _slices.Select((s, i) => new ShardPlan(ShardKinds.Rollout, DomainJson.ToNode(RolloutOf(s, i))))],
        Score => Scores(),
        Refresh => [new(ShardKinds.TrainReward, DomainJson.ToNode(RefreshOf()))],
        Preview => [Previews.Shard(_spec, _dataset, Average(LastUpdate()), FirstRewards)],
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
        var metrics = EpochMetrics.Of(_progress.Stages, Samples ? Advantage() : null, Samples ? RewardScores() : [], TrainRewardPlanner.Names);
        metrics["exemplars/weight"] = ExemplarWeight.At(_spec.Exemplars, _epoch);
        var (history, warnings) = EpochSpikes.Of(_progress.Stages, _before?.History, metrics);
        var output = new EpochOutput(update.Output("manifest").Hash, update.Output("policy").Hash, update.Output("adapter").Hash, rewards,
            Samples ? Rollouts() : [], (_before?.Refreshes ?? 0) + (RefreshDue ? 1 : 0), (_before?.Forwards ?? 0) + EpochMetrics.Forwards(_progress.Stages),
            [.. Works(Update + (_spec.Optimizer.StepsPerEpoch - 1)), .. RefreshDue ? Works(Refresh) : []], history, Average(update));
        var artifacts = _spec.Benchmark.Previews > 0 ? Previews.Artifacts(_epoch, Results(Preview)[0]) : [];
        artifacts[$"epoch-{_epoch:D3}/checkpoint.json"] = update.Output("manifest");
        metrics["compute/forwards"] = output.Forwards;
        if (_spec.Benchmark.Previews > 0)
            foreach (var (name, score) in Previews.Scores(Results(Preview)[0])) metrics[name] = score;
        return new(DomainJson.ToNode(output), metrics, artifacts) { Warnings = warnings };
    }

    /// <summary>Under the policy a shard for each slice; under the frozen base one for each portrait, which any epoch of any campaign then finds done.</summary>
    private IEnumerable<TrajectoryInput> Inversions()
    {
        bool frozen = _spec.Exemplars.Inverter is Inverter.Base;
        return (frozen ? _groups.Chunk(1) : _slices).Select(part => new TrajectoryInput(Base, frozen ? null : Sampling(), frozen ? null : _spec.Lora,
            [.. part.Select(g => new LatentRef(g.Exemplar!, g.Caption))], _spec.Sampler, _spec.Exemplars.Method, _spec.Profile, _dataset.PromptsOf(part.Select(g => g.Caption), null)));
    }

    private ContentHash[] TrajectoriesOf(GroupRef[] slice, int index) => !_spec.Exemplars.Inverts ? []
        : _spec.Exemplars.Inverter is Inverter.Policy ? [Results(Invert)[index].Output("trajectories").Hash]
        : [.. slice.Select(g => Results(Invert)[g.Index].Output("trajectories").Hash)];

    private RolloutInput RolloutOf(GroupRef[] slice, int index) => new(Base, Rolling(), _spec.Lora, _spec.Objective, _spec.Sampler, _spec.Matching, _spec.Exemplars, _spec.Group.Size, Seed, _epoch,
        WindowStart(index), slice, TrajectoriesOf(slice, index), _spec.Profile, PromptsOf(slice));

    private IReadOnlyList<PromptRef>? PromptsOf(GroupRef[] slice) => _dataset.PromptsOf(slice.Select(g => g.Caption), _spec.Sampler.Ode(_spec.Sampler.Steps));

    /// <summary>One score shard for each rollout, and one for all exemplars of the epoch.</summary>
    private List<ShardPlan> Scores()
    {
        var shards = Rollouts().Select(r => new ShardPlan(ShardKinds.Score, DomainJson.ToNode(new ScoreInput(Rewards, r, [], _spec.Profile)))).ToList();
        if (_spec.Exemplars.Method is not ExemplarMethod.Off)
            shards.Add(new(ShardKinds.Score, DomainJson.ToNode(new ScoreInput(Rewards, null, [.. _groups.Select(g => g.Exemplar!)], _spec.Profile))));
        return shards;
    }

    private RewardScores[] RewardScores() => EpochScores.Of(_spec, Rewards, Results(Score), _groups.Length);

    private EpochAdvantages Advantage() => Advantages.Compute(RewardScores(), _spec.Exemplars.Advantage, ExemplarWeight.At(_spec.Exemplars, _epoch), _spec.Rewards);

    /// <summary>Optimiser step s takes every S-th slice: all steps of an epoch see groups alike.</summary>
    private IEnumerable<int> SlicesOf(int step) => Enumerable.Range(0, _slices.Length).Where(i => i % _spec.Optimizer.StepsPerEpoch == step);

    private List<ShardPlan> Gradients(int step)
    {
        var advantage = Samples ? Advantage() : null;
        return [.. SlicesOf(step).Select(i =>
        {
            var slice = _slices[i];
            return new ShardPlan(ShardKinds.Gradient, DomainJson.ToNode(new GradientInput(Base, Current(step), _spec.Lora, _spec.Objective, _spec.Sampler, _spec.Matching, _spec.Exemplars, _spec.Optimizer, Seed, _epoch,
                slice, Samples ? Rollouts()[i] : null, Samples ? WindowStart(i) : 0, OnPolicy: step == 0 && _spec.Objective is not Objective.Nft,
                [.. slice.Select(g => advantage?.Generated[g.Index] ?? [])],
                [.. slice.Select(g => advantage is null ? ExemplarWeight.At(_spec.Exemplars, _epoch) : advantage.Exemplars[g.Index].FirstOrDefault())], _spec.Profile, PromptsOf(slice))));
        })];
    }

    private UpdateInput UpdateAfter(int step)
    {
        int groups = SlicesOf(step).Sum(i => _slices[i].Length);
        int each = _spec.Exemplars.Method is ExemplarMethod.Belm && Samples ? _spec.Sampler.Window : _spec.Exemplars.Levels;
        var gradients = Results(Gradient + step).Select(r => new GradientRef(r.Output("onPolicy").Hash, r.Output("exemplar").Hash)).ToArray();
        return UpdateOf(Parent(step), gradients, (long)groups * _spec.Group.Size * TrainedTerms.PerImage(_spec.Objective, _spec.Sampler, _spec.Matching), (long)groups * each, step, step == _spec.Optimizer.StepsPerEpoch - 1, Since(step));
    }

    private UpdateInput UpdateOf(ContentHash? parent, GradientRef[] gradients, long onPolicy, long exemplar, int step, bool finishes, IReadOnlyList<WorkRef> works) => new(Base, _spec.Lora, parent, gradients, onPolicy, exemplar,
        _spec.Optimizer, Samples ? _spec.Exemplars.MaxGradientShare : 0, Seed, _epoch, step, finishes, CanonicalJson.Hash(_progress.Spec), _spec.Profile, works);

    /// <summary>The works before the first epoch.</summary>
    private WorkRef[] Prepared() =>
    [
        .. _dataset.Works ?? [],
        .. DomainJson.Read<LabelledSet>(_progress.Outputs[JobKinds.Label]).Works ?? [],
        .. DomainJson.Read<TrainedRewards>(_progress.Outputs[JobKinds.TrainReward]).Works ?? [],
    ];

    /// <summary>The works between the parent's manifest and that of an optimiser step.</summary>
    private WorkRef[] Since(int step)
    {
        string[] sampling = [Invert, Rollout, Score];
        IEnumerable<WorkRef> before = step > 0 ? Works(Update + (step - 1)) : _before is null ? Works(Init) : _before.Works ?? [];
        if (step == 0) before = before.Concat(_progress.Stages.Where(s => sampling.Contains(s.Name)).SelectMany(s => s.Works));
        return [.. before, .. Works(Gradient + step)];
    }

    private TrainRewardInput RefreshOf()
    {
        int from = _spec.Rewards.TrainingSteps + (_before?.Refreshes ?? 0) * _spec.Rewards.RefreshSteps;
        var detector = Rewards.Single(r => r.Name == RewardNames.AiPortrait);
        return new(detector.Name, detector.State, from, from + _spec.Rewards.RefreshSteps, _spec.Rewards.TrainingSteps, _dataset.TrainFiles,
            DomainJson.Read<LabelledSet>(_progress.Outputs[JobKinds.Label]).Files, [.. _before?.Rollouts ?? [], .. Rollouts()], Seed, _spec.Profile);
    }

    private int WindowStart(int slice) => RolloutWindow.Start(_spec, _epoch, slice);

    private ContentHash[] Rollouts() => [.. Results(Rollout).Select(r => r.Output("rollout").Hash)];

    /// <summary>What samples the epoch: the policy, or NFT's old one, which is the average.</summary>
    private ContentHash Rolling() => _spec.Objective is not Objective.Nft ? Sampling() : _before?.Average ?? Average(Results(Init)[0]);

    /// <summary>The object with the average of an epoch's last update; engine 4 and before had one object for all.</summary>
    private static ContentHash Average(ShardResult update) => (update.Outputs.TryGetValue("average", out var average) ? average : update.Output("policy")).Hash;

    /// <summary>The policy at the start of the epoch.</summary>
    private ContentHash Sampling() => _before?.Policy ?? Results(Init)[0].Output("policy").Hash;

    /// <summary>The policy in training at an optimiser step.</summary>
    private ContentHash Current(int step) => step == 0 ? Sampling() : Results(Update + (step - 1))[0].Output("policy").Hash;

    private ContentHash Parent(int step) => step > 0 ? Results(Update + (step - 1))[0].Output("manifest").Hash
        : _before?.Manifest ?? Results(Init)[0].Output("manifest").Hash;

    private ShardResult LastUpdate() => Results(Update + (_spec.Optimizer.StepsPerEpoch - 1))[0];

    private IReadOnlyList<WorkRef> Works(string stage) => _progress.Stages.Single(s => s.Name == stage).Works;

    private IReadOnlyList<ShardResult> Results(string stage) => _progress.Stages.Single(s => s.Name == stage).Results;
}
