using System.Diagnostics;
using PortraitGen.Conformance.Tests.Artifacts;
using PortraitGen.Domain.Maths;
using PortraitGen.EndToEnd.Tests.Processes;

namespace PortraitGen.EndToEnd.Tests.Faults;

/// <summary>One campaign with three workers behind wires and a front, and a seeded choice of what happens to them.</summary>
internal sealed class Storm : IAsyncDisposable
{
    private static readonly string[] Names = ["one", "two", "three"];
    private readonly Stopwatch _watch = Stopwatch.StartNew();
    private readonly Dictionary<string, int> _injected = [];
    private readonly Dictionary<string, ChildProcess> _workers = [];
    private readonly CounterRng _rng;
    private readonly Action<string> _say;
    private readonly Wire _serverBus, _rows, _workerBus;
    private readonly FaultyFront _front;
    private readonly (string Kind, Func<Task> Do)[] _faults;
    private long _draws;
    private int _spoil;

    private Storm(DistributedRun run, Wire serverBus, Wire rows, Wire workerBus, FaultyFront front, CounterRng rng, string[] kinds, Action<string> say)
    {
        (Run, _serverBus, _rows, _workerBus, _front, _rng, _say) = (run, serverBus, rows, workerBus, front, rng, say);
        (string Kind, Func<Task> Do)[] all =
        [
            ("kill -9 worker", KillWorkerAsync), ("kill -9 worker", KillWorkerAsync), ("kill -9 worker", KillWorkerAsync), ("SIGTERM worker", LeaveAsync), ("SIGSTOP worker", FreezeAsync),
            ("kill -9 server", KillServerAsync), ("cut the server's bus", Cut(_serverBus)), ("cut the workers' bus", Cut(_workerBus)), ("cut the database", Cut(_rows)),
            ("kill -9 RabbitMQ", () => Outage.RestartAsync("rabbitmq")), ("kill -9 PostgreSQL", () => Outage.RestartAsync("postgres")), ("kill -9 S3", () => Outage.RestartAsync("s3")),
            ("spoil 20 S3 requests", SpoilAsync), ("pause and resume", PauseAsync),
        ];
        _faults = [.. all.Where(f => kinds.Length == 0 || kinds.Contains(f.Kind))];
        Assert.True(_faults.Length > 0, $"There is no such kind of fault. Kinds: {string.Join(", ", all.Select(f => f.Kind).Distinct())}");
        front.Rule = _ => Task.FromResult<FrontFault?>(Interlocked.Decrement(ref _spoil) >= 0 ? (FrontFault)Draw(3) : null); // 503, reset before, reset after
    }

    public DistributedRun Run { get; }

    private Guid Campaign { get; set; }

    public static async Task<Storm> StartAsync(MicroFixture fixture, int epochs, ulong seed, string[] kinds, Action<string> say)
    {
        var place = await Servers.ServerPlace.TakeAsync();
        Wire serverBus = place.ToRabbit(), workerBus = place.ToRabbit(), rows = place.ToPostgres();
        var front = await FaultyFront.StartAsync(new Uri(place.Environment["PORTRAITGEN_S3"]!), TestContext.Current.CancellationToken);
        var run = await DistributedRun.StartAsync(fixture, place, place.Through(serverBus, rows, front.Address), epochs);
        var storm = new Storm(run, serverBus, rows, workerBus, front, CounterRng.For(seed, "storm"), kinds, say);
        foreach (string name in Names) await storm.StartAsync(name);
        return storm;
    }

    /// <summary>Submits the campaign and injects faults until there were enough, or until it has ended.</summary>
    public async Task<(Guid Campaign, Dictionary<string, int> Injected)> RageAsync(int faults, CancellationToken cancel)
    {
        Campaign = await Run.Campaign.SubmitAsync(cancel);
        for (int i = 1; i <= faults; i++)
        {
            await Task.Delay(100 + Draw(700), cancel);
            if (await Run.Place.CountAsync("SELECT count(*) FROM campaigns WHERE id = @id AND ended_at IS NOT NULL", ("id", Campaign)) > 0) break;
            var (kind, inject) = _faults[Draw(_faults.Length)];
            _say($"  {_watch.Elapsed.TotalSeconds,6:F1} s  {i,3}  {kind}");
            await inject();
            _injected[kind] = _injected.GetValueOrDefault(kind) + 1;
        }

        return (Campaign, _injected);
    }

    public async ValueTask DisposeAsync()
    {
        await Run.DisposeAsync();
        foreach (var wire in new[] { _serverBus, _rows, _workerBus }) await wire.DisposeAsync();
        await _front.DisposeAsync();
    }

    private int Draw(int below) => _rng.Below(Interlocked.Increment(ref _draws), below);

    private async Task StartAsync(string name) => _workers[name] = await Run.StartWorkerAsync(name, Run.Place.Through(_workerBus, s3: _front.Address));

    private async Task KillWorkerAsync()
    {
        string name = Names[Draw(Names.Length)];
        await _workers[name].KillAsync();
        await StartAsync(name);
    }

    private async Task LeaveAsync()
    {
        string name = Names[Draw(Names.Length)];
        await _workers[name].LeaveAsync(TimeSpan.FromSeconds(60));
        await StartAsync(name);
    }

    private async Task FreezeAsync()
    {
        var worker = _workers[Names[Draw(Names.Length)]];
        worker.Freeze();
        await Task.Delay(500 + Draw(3000));
        worker.Thaw();
    }

    private async Task KillServerAsync()
    {
        await Run.Server.KillAndRestartAsync();
    }

    private static Func<Task> Cut(Wire wire) => () =>
    {
        wire.Cut();
        return Task.CompletedTask;
    };

    private Task SpoilAsync()
    {
        Interlocked.Exchange(ref _spoil, 20);
        return Task.CompletedTask;
    }

    private async Task PauseAsync()
    {
        foreach (string verb in new[] { "pause", "resume" })
        {
            using var answer = await Run.Server.Http.PostAsync($"api/campaigns/{Campaign}/{verb}", null);
            await Task.Delay(300 + Draw(1000));
        }
    }
}
