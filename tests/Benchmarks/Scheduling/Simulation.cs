using PortraitGen.Domain.Campaigns;
using PortraitGen.Domain.Maths;
using PortraitGen.Domain.Scheduling;

namespace PortraitGen.Benchmarks.Scheduling;

/// <summary>What a simulated cluster came to.</summary>
/// <param name="Utilisation">Busy slot-seconds over all slot-seconds, until nine tenths of the shards had ended: then there is too little left for everybody.</param>
/// <param name="ShareError">The furthest that a team's part of the device-seconds was from its part of the weights, while all teams waited for all kinds of workers.</param>
/// <param name="Waits">Seconds from planned to started, of every shard, ascending.</param>
internal sealed record SimulationResult(int Shards, double MakespanSeconds, double Utilisation, double ShareError, double ShareSeconds, double[] Waits, double[] UrgentWaits);

/// <summary>A cluster under a virtual clock, driven by the real scheduler. Workers take shards of their pool's queue in its order, as those of a broker do.</summary>
internal sealed class Simulation
{
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly double[] Weights = [1, 1, 1, 1, 2, 2, 4, 4];
    private static readonly Needs[] Wants = [new("cpu", null, null, 0), new("cuda", null, null, 16), new("cuda", null, null, 60)];

    private readonly CounterRng _random;
    private readonly SchedulerState _state;
    private readonly Dictionary<Pool, (Queue<(Stage Stage, double Seconds)> Waiting, Counter Busy)> _workers;
    private readonly PriorityQueue<(Stage Stage, Pool Pool, double Seconds), DateTimeOffset> _running = new();
    private readonly Dictionary<CampaignQueue, Stage> _stages = [];
    private readonly double[] _used = new double[Weights.Length];
    private readonly List<double> _waits = [], _urgent = [];
    private int _planned, _ended;
    private long _drawn;

    private sealed class Counter { public int Value; }

    private sealed class Stage(CampaignQueue queue, int team, int left, DateTimeOffset planned)
    {
        public CampaignQueue Queue { get; } = queue;
        public int Team { get; } = team;
        public int Left { get; set; } = left;
        public DateTimeOffset Planned { get; } = planned;
    }

    public Simulation(int workers, ulong seed)
    {
        _random = CounterRng.For(seed, "simulation");
        Pool[] pools =
        [
            new("cpu", new("cpu", null, null, 64, null), workers * 4 / 10),
            new("cuda-24", new("cuda", null, null, 24, null), workers * 4 / 10),
            new("cuda-80", new("cuda", null, null, 80, null), workers * 2 / 10),
        ];
        _state = new(pools);
        _workers = pools.ToDictionary(p => p, _ => (new Queue<(Stage, double)>(), new Counter()));
        for (int i = 0; i < Weights.Length; i++)
        {
            var team = new TeamShare($"team-{i}", Start);
            team.Set(Weights[i], null);
            _state.Add(team);
        }
    }

    /// <summary>Runs until all of <paramref name="shards"/> have ended. Each team has campaigns of every want and of three priorities; a campaign plans its next stage when the last one is done.</summary>
    public SimulationResult Run(int shards, CancellationToken cancel)
    {
        var (now, busy, last, tenth) = (Start, 0.0, Start, Start);
        double busyAtTenth = 0, shareSeconds = 0, total = _workers.Keys.Sum(p => p.Slots);
        for (int i = 0; i < Weights.Length * Wants.Length * 3 * 4; i++)
        {
            int team = i % Weights.Length;
            var queue = new CampaignQueue(new(new Guid(i, 0, 0, new byte[8])), $"team-{team}", i / Weights.Length / Wants.Length % 3, Wants[i / Weights.Length % Wants.Length], "rollout") { SecondsPerShard = 60 };
            Plan(queue, team, shards, now);
        }

        Fill(now);
        double[] shares = [];
        while (_running.TryDequeue(out var done, out now))
        {
            if ((_ended & 0xFFFF) == 0) cancel.ThrowIfCancellationRequested();
            busy += (now - last).TotalSeconds * _workers.Values.Sum(w => w.Busy.Value);
            last = now;
            _ended++;
            _used[done.Stage.Team] += done.Seconds;
            _state.End(done.Stage.Queue, done.Pool, done.Seconds, again: false, now);
            if (--done.Stage.Left == 0) Plan(done.Stage.Queue, done.Stage.Team, shards, now);
            var (waiting, counter) = _workers[done.Pool];
            counter.Value--;
            if (waiting.TryDequeue(out var next)) Begin(next.Stage, done.Pool, next.Seconds, now);
            Fill(now);
            if (_planned < shards) (shares, shareSeconds) = ([.. _used], (now - Start).TotalSeconds); // until here everybody waits
            if (_ended == shards * 9 / 10) (tenth, busyAtTenth) = (now, busy);
        }

        double error = Enumerable.Range(0, Weights.Length).Max(i => Math.Abs((shares[i] / shares.Sum()) - (Weights[i] / Weights.Sum())));
        return new(_ended, (last - Start).TotalSeconds, busyAtTenth / ((tenth - Start).TotalSeconds * total), error, shareSeconds, [.. _waits.Order()], [.. _urgent.Order()]);
    }

    /// <summary>The next stage: 32 to 2,079 shards.</summary>
    private void Plan(CampaignQueue queue, int team, int most, DateTimeOffset now)
    {
        int count = Math.Min(32 + (int)(Draw() * 2048), most - _planned);
        if (count <= 0) return;
        _planned += count;
        _stages[queue] = new(queue, team, count, now);
        _state.Arrive(queue, count, now);
    }

    private void Fill(DateTimeOffset now)
    {
        while (FairShare.Decide(_state, now) is { } decision)
        {
            _state.Dispatch(decision, now);
            var (stage, seconds) = (_stages[decision.Campaign], 10 + (Draw() * 100));
            var (waiting, busy) = _workers[decision.Pool];
            if (busy.Value < decision.Pool.Slots) Begin(stage, decision.Pool, seconds, now);
            else waiting.Enqueue((stage, seconds));
        }
    }

    private void Begin(Stage stage, Pool pool, double seconds, DateTimeOffset now)
    {
        _workers[pool].Busy.Value++;
        double waited = (now - stage.Planned).TotalSeconds;
        _waits.Add(waited);
        if (stage.Queue.Priority == 2) _urgent.Add(waited);
        _running.Enqueue((stage, pool, seconds), now.AddSeconds(seconds));
    }

    private double Draw() => _random.Uniform(_drawn++);
}
