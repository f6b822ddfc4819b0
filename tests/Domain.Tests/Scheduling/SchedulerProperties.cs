using CsCheck;
using PortraitGen.Domain.Scheduling;
using static PortraitGen.Domain.Tests.Scheduling.Given;

namespace PortraitGen.Domain.Tests.Scheduling;

/// <summary>What must hold whatever comes, checked against books that the test keeps itself.</summary>
public sealed class SchedulerProperties
{
    private sealed record Step(int What, int Which, int Count, int Seconds);

    private static readonly Gen<Step[]> Steps = Gen.Select(Gen.Int[0, 9], Gen.Int[0, 999], Gen.Int[1, 5], Gen.Int[1, 90], (a, b, c, d) => new Step(a, b, c, d)).Array[20, 200];

    [Fact]
    public void Nothing_exceeds_quota_window_or_budget_nothing_idles_and_priority_holds() => Steps.Sample(steps =>
    {
        var world = new World();
        foreach (var step in steps)
        {
            world.Now += TimeSpan.FromSeconds(step.Seconds);
            if (step.What < 2) world.Arrive(step.Which, step.Count);
            else if (step.What < 5) world.End(step.Which, step.Seconds, again: step.Count == 5);
            else world.Decide();
        }
    }, iter: 1000);

    [Fact]
    public void A_state_built_from_rows_decides_as_the_one_that_was_kept() => Steps.Sample(steps =>
    {
        var world = new World();
        foreach (var step in steps)
        {
            world.Now += TimeSpan.FromMilliseconds(step.Seconds); // too short for anybody to starve: when a team was last served is not in the rows of campaigns that are gone
            if (step.What < 3) world.Arrive(step.Which, step.Count);
            else if (step.What < 6) world.End(step.Which, step.Seconds, again: false);
            else world.Decide();
            var (kept, built) = (FairShare.Decide(world.State, world.Now), FairShare.Decide(world.Rebuild(), world.Now));
            Assert.Equal(kept?.Campaign.Id, built?.Campaign.Id);
            Assert.Equal(kept?.Pool.Queue, built?.Pool.Queue);
        }
    }, iter: 300);

    /// <summary>Three teams, eight campaigns, three pools, and the test's own books.</summary>
    private sealed class World
    {
        private readonly (string Name, double Weight, int? Quota)[] _teams = [("a", 1, 3), ("b", 4, null), ("c", 0.5, 7)];
        private readonly CampaignQueue[] _campaigns;
        private readonly int[] _waiting = new int[8], _flying = new int[8];
        private readonly double[] _spent = new double[8];
        private readonly List<(int Campaign, Pool Pool)> _inFlight = [];
        private readonly Dictionary<int, DateTimeOffset> _served = [];
        private readonly DateTimeOffset[] _since = new DateTimeOffset[8];

        public World()
        {
            _campaigns = [.. Enumerable.Range(0, 8).Select(i => Fresh(i))];
            State = new(Pools());
            foreach (var t in _teams) State.Add(Team(t.Name, t.Weight, t.Quota));
        }

        public SchedulerState State { get; }
        public DateTimeOffset Now { get; set; } = Start;

        private static Pool[] Pools() => [CpuPool(3), CudaPool(2, 24), CudaPool(1, 80)];

        private static CampaignQueue Fresh(int i, DateTimeOffset? served = null) => Campaign(i, "abc"[i % 3].ToString(), priority: i % 4,
            needs: i % 2 == 0 ? Cpu : Cuda with { MemoryGiB = i > 4 ? 60 : 24 }, budget: i == 3 ? 300 : null, servedAt: served);

        public void Arrive(int which, int count)
        {
            int i = which % 8;
            if (_waiting[i] == 0) _since[i] = Now;
            _waiting[i] += count;
            State.Arrive(_campaigns[i], count, Now);
        }

        public void End(int which, int seconds, bool again)
        {
            if (_inFlight.Count == 0) return;
            var (i, pool) = _inFlight[which % _inFlight.Count];
            _inFlight.RemoveAt(which % _inFlight.Count);
            _flying[i]--;
            _spent[i] += seconds;
            if (again) _waiting[i]++;
            State.End(_campaigns[i], pool, seconds, again, Now);
        }

        public void Decide()
        {
            var decision = FairShare.Decide(State, Now);
            Assert.Equal(decision, FairShare.Decide(State, Now)); // deciding changes nothing
            var may = Enumerable.Range(0, 8).Where(May).ToList();
            if (decision is not { } d)
            {
                Assert.Empty(may); // whoever may go does go
                return;
            }

            int chosen = Array.IndexOf(_campaigns, d.Campaign);
            Assert.Contains(chosen, may);
            Assert.True(d.Pool.Capability.Fits(d.Campaign.Needs, d.Campaign.Kind));
            Assert.True(_inFlight.Count(f => f.Pool == d.Pool) < d.Pool.Window);
            bool starves = Now - d.Campaign.WaitingSince >= FairShare.Patience;
            if (!starves)
                Assert.DoesNotContain(may, i => _campaigns[i].Team == d.Campaign.Team && (_campaigns[i].Priority > d.Campaign.Priority
                    || (_campaigns[i].Priority == d.Campaign.Priority && _campaigns[i].Id < d.Campaign.Id)));
            State.Dispatch(d, Now);
            _waiting[chosen]--;
            _flying[chosen]++;
            _served[chosen] = Now;
            _inFlight.Add((chosen, d.Pool));
        }

        private bool May(int i)
        {
            var team = _teams.First(t => t.Name == _campaigns[i].Team);
            return _waiting[i] > 0
                && (team.Quota is not { } quota || _inFlight.Count(f => _campaigns[f.Campaign].Team == team.Name) < quota)
                && (_campaigns[i].Budget is not { } budget || _spent[i] + (10 * _flying[i]) < budget)
                && State.Pools.Any(p => p.Capability.Fits(_campaigns[i].Needs, _campaigns[i].Kind) && _inFlight.Count(f => f.Pool == p) < p.Window);
        }

        public SchedulerState Rebuild()
        {
            var state = new SchedulerState(Pools());
            foreach (var t in State.Teams)
            {
                var team = Team(t.Share.Name, t.Share.Weight, t.Share.MaxShards);
                team.Charge(t.Share.UsedBy(Now), Now);
                state.Add(team);
            }

            var campaigns = Enumerable.Range(0, 8).Where(i => _waiting[i] > 0 || _flying[i] > 0).OrderBy(i => _since[i]).ToDictionary(i => i, i => Fresh(i, _served.TryGetValue(i, out var at) ? at : null));
            foreach (var (i, queue) in campaigns)
            {
                queue.Spent = _spent[i];
                state.Arrive(queue, _waiting[i], _since[i]);
                foreach (var pool in state.Pools) state.InFlight(queue, pool, _inFlight.Count(f => f.Campaign == i && f.Pool.Queue == pool.Queue));
            }

            return state;
        }
    }
}
