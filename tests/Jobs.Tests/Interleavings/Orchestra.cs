using PortraitGen.Domain.Artifacts;
using PortraitGen.Domain.Campaigns;

namespace PortraitGen.Jobs.Tests.Interleavings;

/// <summary>The use cases of Jobs/Scheduling over the real entities, one step for each transaction: what the database makes atomic is atomic here.</summary>
internal sealed partial class Orchestra : IWorld
{
    private static readonly DateTimeOffset Now = new(2026, 6, 1, 12, 0, 0, TimeSpan.Zero);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(45);
    private static readonly RetryBudgets Budgets = new(Infra: 3, Deaths: 3, FirstPause: TimeSpan.Zero);
    private readonly Wishes _wishes;
    private readonly Campaign _campaign = new(new(Boot(1)), "toy", "toy", "team", "{}", null, 0, Now);
    private readonly Job[] _jobs;
    private readonly List<Shard> _shards = [];
    private readonly List<(int Shard, int Attempt, bool Redelivered)> _queue = [];
    private readonly List<Report> _reports = [];
    private readonly List<Run> _runs = [];
    private readonly HashSet<int> _stops = [];
    private readonly List<Guid> _dead = [];
    private readonly Worker[] _workers;
    private readonly List<Seen> _advancing = [];
    private int _advances = 1, _boots, _deaths, _failures, _crashes, _duplicates, _failed;
    private (int Shard, int Attempt)[]? _chosen;
    private bool _published, _cancelled, _paused, _resumed;

    public Orchestra(Wishes wishes)
    {
        _wishes = wishes;
        (_deaths, _failures, _crashes, _duplicates, _boots) = (wishes.Deaths, wishes.Failures, wishes.Crashes, wishes.Duplicates, wishes.Workers);
        _jobs = [.. Enumerable.Range(0, wishes.Jobs).Select(i => new Job(new(Boot(100 + i)), _campaign.Id, i, "toy", $"toy-{i}", "{}"))];
        _workers = [.. Enumerable.Range(0, wishes.Workers).Select(i => new Worker { Boot = Boot(i + 1) })];
    }

    private sealed record Report(bool Success, int Shard, int Attempt, Guid Boot, string Class);

    private sealed class Run(int shard, Guid boot, int attempt)
    {
        public (int Shard, Guid Boot, int Attempt) Key { get; } = (shard, boot, attempt);
        public bool Open { get; set; } = true;
    }

    private sealed class Worker
    {
        public Guid Boot { get; set; }
        public (int Shard, int Attempt, bool Redelivered)? Has { get; set; }
        public bool Goes { get; set; }
    }

    /// <summary>What an Advance read before it asked the planner.</summary>
    private sealed record Seen(CampaignState State, int Job, int Stage, int Remaining);

    private static Guid Boot(int number) => new(number, 0, 0, new byte[8]);

    public string Fingerprint() => string.Join('|',
        $"{_campaign.State} {_campaign.StartedAt is null}",
        string.Join(' ', _jobs.Select(j => $"{j.State}{j.Stage}:{j.Remaining}")),
        string.Join(' ', _shards.Select(s => $"{s.State}{s.Attempt}.{s.Deaths}.{s.Retries}.{s.BootId?.ToString()[4..8]}")),
        string.Join(' ', _queue.Order()), string.Join(' ', _reports.Select(r => $"{r.Success}{r.Shard}.{r.Attempt}.{r.Boot.ToString()[4..8]}{r.Class}").Order()),
        string.Join(' ', _runs.Select(r => $"{r.Key.Shard}.{r.Key.Boot.ToString()[4..8]}.{r.Key.Attempt}{r.Open}").Order()),
        string.Join(' ', _workers.Select(w => $"{w.Boot.ToString()[4..8]}{w.Has}{w.Goes}")),
        string.Join(' ', _stops.Order()), string.Join(' ', _dead), string.Join(' ', _advancing.Order(Comparer<Seen>.Create((a, b) => string.CompareOrdinal($"{a}", $"{b}")))),
        $"{_advances} {_deaths} {_failures} {_crashes} {_duplicates} {_failed} {(_chosen is null ? "" : string.Join(',', _chosen))} {_published} {_cancelled} {_paused} {_resumed}");

    public string? Broken(bool quiet)
    {
        foreach (var job in _jobs)
        {
            var stage = Stage(job).ToList();
            if (job.State is JobState.Running && job.Remaining != stage.Count(i => _shards[i].State is not ShardState.Succeeded)) return $"{job.Name} counts {job.Remaining} remaining.";
            if (job.State is JobState.Succeeded && job.Stage != _wishes.Stages) return $"{job.Name} had {job.Stage} stages instead of {_wishes.Stages}.";
            if (job.Stage > _wishes.Stages) return $"{job.Name} planned stage {job.Stage} of {_wishes.Stages}.";
        }

        if (_jobs.Count(j => j.State is JobState.Running) > 1) return "Two jobs run at once.";
        if (_campaign.State is CampaignState.Succeeded && _jobs.Any(j => j.State is not JobState.Succeeded)) return "It succeeded before its jobs did.";
        if (_campaign.State is CampaignState.Cancelled && _shards.Any(s => s.State is ShardState.Running)) return "It is cancelled while something runs.";
        if (_shards.Sum(s => s.Retries) > _failed) return $"{_failed} failed runs cost {_shards.Sum(s => s.Retries)} retries.";
        if (_shards.Sum(s => s.Deaths) > _wishes.Deaths - _deaths) return "A death counted twice.";
        if (!quiet) return null;
        if (!_campaign.State.IsTerminal()) return $"Nothing may happen any more and the campaign is {_campaign.State}.";
        if (_shards.Any(s => !s.State.IsTerminal()) || _jobs.Any(j => !j.State.IsTerminal())) return "The campaign has ended and something of it lives.";
        bool wanted = !_wishes.Cancel && _campaign.State is not CampaignState.Succeeded;
        return wanted ? $"Nobody cancelled it and it {_campaign.State}." : null;
    }

    private IEnumerable<int> Stage(Job job) => Enumerable.Range(0, _shards.Count).Where(i => _shards[i].JobId == job.Id && _shards[i].Stage == job.Stage);

    private Job JobOf(int shard) => _jobs.Single(j => j.Id == _shards[shard].JobId);

    // --- Advance: AdvanceCampaign
    private Seen Look()
    {
        int job = Array.FindIndex(_jobs, j => !j.State.IsTerminal());
        return new(_campaign.State, job < 0 || _jobs[job].State is JobState.Planned ? -1 : job, job < 0 ? 0 : _jobs[job].Stage, job < 0 ? 0 : _jobs[job].Remaining);
    }

    private void Apply(Seen seen)
    {
        _advancing.Remove(seen);
        if (seen.State.IsTerminal() || seen.State is CampaignState.Paused) return;
        bool went = false;
        if (seen.State is CampaignState.Cancelling)
        {
            if (_wishes.Bug is Bug.CancelWaitsForNobody || !_shards.Any(s => s.State is ShardState.Running)) _campaign.FinishCancel(Now);
        }
        else if (seen.Job < 0)
        {
            _campaign.Start(Now);
            went = StartNext();
        }
        else if (seen.Remaining == 0)
        {
            var job = _jobs[seen.Job];
            bool unmoved = _campaign.State is CampaignState.Running && job is { State: JobState.Running, Remaining: 0 } && job.Stage == seen.Stage;
            if (!unmoved && _wishes.Bug is not Bug.AdvanceTrustsWhatItSaw) return;
            if (seen.Stage < _wishes.Stages) BeginStage(job);
            else if (job.Succeed(Now, "{}")) went = StartNext();
        }

        if (went) _advancing.Add(Look());
    }

    private void BeginStage(Job job)
    {
        if (!job.BeginStage("stage", _wishes.Shards)) return;
        for (int i = 0; i < _wishes.Shards; i++) _shards.Add(new(new(Boot(1000 + _shards.Count)), job, i, "toy", "{}", ContentHash.Of([(byte)_shards.Count]), Now));
    }

    private bool StartNext()
    {
        if (_jobs.FirstOrDefault(j => !j.State.IsTerminal()) is { } next) return _campaign.State is CampaignState.Running && next.Start(Now);
        _campaign.Succeed(Now);
        return false;
    }
}
