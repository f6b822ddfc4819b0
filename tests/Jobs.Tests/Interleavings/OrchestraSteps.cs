using PortraitGen.Domain.Artifacts;
using PortraitGen.Domain.Campaigns;

namespace PortraitGen.Jobs.Tests.Interleavings;

internal sealed partial class Orchestra
{
    private static readonly ContentHash Result = ContentHash.Of("result"u8);

    public IReadOnlyList<Step> Steps()
    {
        var steps = new List<Step>();
        void May(bool can, Func<string> name, Action what)
        {
            if (can) steps.Add(new(name, what));
        }

        May(_advances > 0 && _advancing.Count < 2, () => "an advance looks", () =>
        {
            _advances--;
            _advancing.Add(Look());
        });
        foreach (var seen in _advancing.Distinct().ToList()) May(true, () => $"an advance that saw {seen} applies what it decided", () => Apply(seen));
        Dispatching(May);
        for (int i = 0; i < _workers.Length; i++) Working(_workers[i], $"worker {i}", May);
        foreach (var report in _reports.Distinct().ToList())
        {
            May(true, () => $"{report} is heard", () => Hear(report, again: false, lost: false));
            May(_duplicates > 0, () => $"{report} is heard, and will be again", () => Hear(report, again: true, lost: false));
            May(_crashes > 0, () => $"{report} is heard, and the orchestrator dies before it asks for an advance", () => Hear(report, again: false, lost: true));
        }

        foreach (var boot in _dead.ToList()) May(true, () => $"the death of {boot} becomes known", () => Bury(boot));
        May(_wishes.Cancel && !_cancelled, () => "cancel", Cancel);
        May(_wishes.Pause && !_paused, () => "pause", Pause);
        May(_paused && !_resumed, () => "resume", Resume);
        May(_wishes.Bug is not Bug.NoSweep && Overdue().Any(), () => "the sweep reclaims what is overdue", () =>
        {
            foreach (int shard in Overdue().ToList())
                if (JobOf(shard).State.IsTerminal()) _shards[shard].Cancel(Now);
                else _shards[shard].Reclaim();
        });
        bool idle = !_campaign.State.IsTerminal() && _campaign.State is not CampaignState.Paused && _shards.All(s => s.State.IsTerminal());
        May(_wishes.Bug is not Bug.NoSweep && idle && _advances == 0 && _advancing.Count == 0, () => "the sweep asks for an advance", () => _advances++);
        return steps;
    }

    // --- DispatchShards
    private void Dispatching(Action<bool, Func<string>, Action> may)
    {
        may(_chosen is null && _campaign.State is CampaignState.Running && _shards.Any(s => s.State is ShardState.Pending), () => "the dispatcher chooses", () =>
            _chosen = [.. Enumerable.Range(0, _shards.Count).Where(i => _shards[i].State is ShardState.Pending).Select(i => (i, _shards[i].Attempt + 1))]);
        may(_chosen is not null && !_published, () => "the dispatcher publishes", () =>
        {
            _published = true;
            foreach (var (shard, attempt) in _chosen!) _queue.Add((shard, attempt, false));
        });
        may(_published, () => "the dispatcher marks", () =>
        {
            foreach (var (shard, attempt) in _chosen!) _shards[shard].Dispatch(attempt, Now);
            (_chosen, _published) = (null, false);
        });
        may(_chosen is not null && _crashes > 0, () => "the dispatcher dies", () =>
        {
            _crashes--;
            (_chosen, _published) = (null, false);
        });
    }

    // --- ShardConsumer, and HearWorkers.AnswerAsync
    private void Working(Worker worker, string name, Action<bool, Func<string>, Action> may)
    {
        if (worker.Has is not { } held)
        {
            foreach (var message in _queue.Distinct().ToList())
            {
                may(true, () => $"{name} takes {message}", () =>
                {
                    _queue.Remove(message);
                    worker.Has = message;
                });
                may(_duplicates > 0, () => $"{name} takes {message}, which comes again", () =>
                {
                    _duplicates--;
                    worker.Has = message;
                });
            }

            return;
        }

        may(!worker.Goes, () => $"{name} asks", () => Ask(worker, held));
        may(worker.Goes, () => $"{name} is done with shard {held.Shard}", () => Say(worker, new(true, held.Shard, held.Attempt, worker.Boot, "")));
        may(worker.Goes && _stops.Contains(held.Shard), () => $"{name} stops as told", () => Say(worker, new(false, held.Shard, held.Attempt, worker.Boot, FailureClasses.Cancelled)));
        may(worker.Goes && _failures > 0, () => $"{name} fails", () =>
        {
            _failures--;
            _failed++;
            Say(worker, new(false, held.Shard, held.Attempt, worker.Boot, FailureClasses.Infra));
        });
        may(worker.Goes && _deaths > 0, () => $"{name} dies", () =>
        {
            _deaths--;
            _dead.Add(worker.Boot);
            _queue.Add((held.Shard, held.Attempt, true));
            (worker.Has, worker.Goes, worker.Boot) = (null, false, Boot(++_boots));
        });
    }

    private void Ask(Worker worker, (int Shard, int Attempt, bool Redelivered) held)
    {
        var shard = _shards[held.Shard];
        bool older = held.Attempt < shard.Attempt && _runs.Any(r => !r.Open && r.Key.Shard == held.Shard && r.Key.Attempt == held.Attempt) && _wishes.Bug is not Bug.OldMessagesRunAgain;
        bool go = !older && !(_campaign.State is CampaignState.Paused && shard.PutOff(held.Attempt)) && shard.Ask(held.Attempt, $"{worker.Boot}", worker.Boot, held.Redelivered, Now, Patience) is null;
        worker.Goes = go;
        if (!go) worker.Has = null;
        else if (!_runs.Any(r => r.Open && r.Key == (held.Shard, worker.Boot, held.Attempt))) _runs.Add(new(held.Shard, worker.Boot, held.Attempt));
        if (go) _stops.Remove(held.Shard); // a stop order reaches what runs when it is given
    }

    private void Say(Worker worker, Report report)
    {
        _reports.Add(report);
        (worker.Has, worker.Goes) = (null, false);
        _stops.Remove(report.Shard);
    }

    // --- CompleteShard and FailShard
    private void Hear(Report report, bool again, bool lost)
    {
        if (again) _duplicates--;
        else _reports.Remove(report);
        if (lost) _crashes--;
        var (shard, job) = (_shards[report.Shard], JobOf(report.Shard));
        var runs = _runs.Where(r => r.Key == (report.Shard, report.Boot, report.Attempt)).ToList();
        if (report.Success)
        {
            bool won = shard.Succeed(Result, 1, Now), last = won && job.ShardSucceeded(shard.Stage);
            foreach (var run in _runs.Where(r => r.Key.Shard == report.Shard && r.Key.Boot == report.Boot)) run.Open = false;
            if (!lost && (last || (won && job.State is not JobState.Running))) _advances++;
            return;
        }

        bool news = runs.Count == 0 || runs.Any(r => r.Open);
        foreach (var run in runs) run.Open = false;
        if (!news && _wishes.Bug is not Bug.ReportsCountTwice) return;
        bool pause = report.Class == FailureClasses.Cancelled && !job.State.IsTerminal() && _wishes.Bug is not Bug.PauseCancels;
        var verdict = _wishes.Bug is Bug.ReportsCountTwice
            ? shard.FailRun(shard.State is ShardState.Pending ? shard.Attempt + 1 : shard.Attempt, shard.BootId ?? report.Boot, report.Class, "", null, 1, Budgets, Now)
            : shard.FailRun(report.Attempt, report.Boot, pause ? FailureClasses.Preempted : report.Class, "", null, 1, Budgets, Now);
        After(verdict, shard, job);
        if (!lost) _advances++;
    }

    private void Bury(Guid boot)
    {
        _dead.Remove(boot);
        foreach (var run in _runs.Where(r => r.Key.Boot == boot && r.Open).ToList())
        {
            run.Open = false;
            var shard = _shards[run.Key.Shard];
            After(shard.RunnerDied(boot, Budgets, Now), shard, JobOf(run.Key.Shard));
        }

        _advances++;
    }

    private void After(FailureVerdict? verdict, Shard shard, Job job)
    {
        if (verdict is FailureVerdict.Retry && job.State.IsTerminal() && shard.State is ShardState.Pending) shard.Cancel(Now);
        if (verdict is not FailureVerdict.FailJob || !job.Fail(Now, shard.FailureClass!, "")) return;
        foreach (var other in _jobs) other.Cancel(Now);
        StopWhatLives(cancelling: true);
        _campaign.Fail(Now, shard.FailureClass!, "");
    }

    // --- CancelCampaign and PauseCampaign
    private void Cancel()
    {
        _cancelled = true;
        if (!_campaign.RequestCancel("")) return;
        foreach (var job in _jobs) job.Cancel(Now);
        StopWhatLives(cancelling: true);
        _advances++;
    }

    private void Pause()
    {
        _paused = true;
        if (_campaign.Pause()) StopWhatLives(cancelling: false);
        else _resumed = true; // it had ended
    }

    private void Resume()
    {
        _resumed = true;
        if (!_campaign.Resume()) return;
        foreach (var shard in _shards.Where(s => s.State is ShardState.Dispatched)) shard.Reclaim();
        _advances++;
    }

    private void StopWhatLives(bool cancelling)
    {
        for (int i = 0; i < _shards.Count; i++)
        {
            if (_shards[i].State is ShardState.Running) _stops.Add(i);
            else if (cancelling) _shards[i].Cancel(Now);
            else if (_shards[i].State is ShardState.Dispatched) _shards[i].Reclaim();
        }
    }

    /// <summary>Running with nobody who runs it, or dispatched with no message on its way.</summary>
    private IEnumerable<int> Overdue() => Enumerable.Range(0, _shards.Count).Where(i =>
    {
        bool held = _workers.Any(w => w.Has?.Shard == i), coming = _queue.Any(m => m.Shard == i) || _reports.Any(r => r.Shard == i);
        return _shards[i].State is ShardState.Running or ShardState.Dispatched && !held && !coming && !(_published && _chosen!.Any(c => c.Shard == i));
    });
}
