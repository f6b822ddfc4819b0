using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.Json.Nodes;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using PortraitGen.Domain.Artifacts;
using PortraitGen.Domain.Campaigns;
using PortraitGen.Gpu.Runtime;
using PortraitGen.Jobs.Campaigns;
using PortraitGen.Jobs.Data;
using PortraitGen.Jobs.Hosting;
using PortraitGen.Jobs.Messaging;
using PortraitGen.Jobs.Planning;
using PortraitGen.Jobs.Scheduling;

namespace PortraitGen.Jobs.Tests.Toys;

/// <summary>A whole orchestrator, and with it a worker when there are slots, on toy plans and handlers.</summary>
public sealed class ToyHost : IAsyncDisposable
{
    private static readonly Guid ByHandBoot = Guid.Parse("01890000-0000-7000-8000-000000000001");
    private readonly IHost _host;
    private bool _isByHand;

    private ToyHost(IHost host, ToyHandler handler, ToyLog log) => (_host, Handler, Log) = (host, handler, log);

    public ToyHandler Handler { get; }
    public ToyLog Log { get; }
    public IServiceProvider Services => _host.Services;

    public static async Task<ToyHost> StartAsync(
        JobsOptions options, int slots = 2, IArtifactStore? store = null, ToyHandler? handler = null, TimeProvider? clock = null,
        WorkerOptions? worker = null, Action<IServiceCollection>? also = null)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new() { DisableDefaults = true });
        var log = new ToyLog();
        handler ??= new ToyHandler();
        builder.Services.AddLogging(logging => logging.SetMinimumLevel(LogLevel.Information).AddProvider(log));
        if (clock is not null) builder.Services.AddSingleton(clock);
        builder.Services.AddSingleton(store ?? new MemoryStore());
        builder.Services.AddSingleton<ICampaignPlan, ToyPlan>().AddSingleton<IJobPlanner, ToyPlanner>();
        builder.Services.AddPortraitGenJobs(options);
        if (slots > 0)
        {
            builder.Services.AddSingleton<IShardHandler>(handler);
            builder.Services.AddWorker(worker ?? Worker(slots), options.RabbitMq);
        }

        also?.Invoke(builder.Services);
        var host = builder.Build();
        await host.StartAsync(TestContext.Current.CancellationToken);
        var toys = new ToyHost(host, handler, log);
        toys._isByHand = slots == 0;
        if (toys._isByHand) await toys.ByHandAsync();
        return toys;
    }

    /// <summary>Without a worker the test is one: shards are dispatched to it, and it reports what it likes.</summary>
    private Task<bool> ByHandAsync() => UseAsync<HearWorkers, bool>(async hear =>
    {
        await hear.AliveAsync("by-hand", ByHandBoot, 64, CancellationToken.None);
        return true;
    });

    public static WorkerOptions Worker(int slots, string name = "toy-worker") => new()
    {
        Name = name,
        Concurrency = slots,
        Grace = TimeSpan.FromMilliseconds(300),
        AskPatience = TimeSpan.FromSeconds(3),
    };

    public async Task<T> UseAsync<TService, T>(Func<TService, Task<T>> use) where TService : notnull
    {
        await using var scope = Services.CreateAsyncScope();
        return await use(scope.ServiceProvider.GetRequiredService<TService>());
    }

    public Task<T> QueryAsync<T>(Func<JobsDb, Task<T>> query) => UseAsync(query);

    public Task<Submission> SubmitAsync(JsonObject spec, string? key = null, int priority = 0) =>
        UseAsync<SubmitCampaign, Submission>(submit => submit.RunAsync("toy", "a toy", "tests", spec, key, priority, TestContext.Current.CancellationToken));

    public async Task<CampaignId> StartCampaignAsync(JsonObject spec) => ((Submission.Created)await SubmitAsync(spec)).Id;

    public Task<bool> CompleteAsync(ShardCompleted report) => UseAsync<CompleteShard, bool>(complete => complete.RunAsync(report, CancellationToken.None));

    public Task<ShardVerdict> AskAsync(Shard shard, string worker, Guid boot, bool redelivered = false, int? attempt = null) =>
        UseAsync<HearWorkers, ShardVerdict>(hear => hear.AnswerAsync(
            new(shard.Id.Value, shard.JobId.Value, attempt ?? shard.Attempt, worker, boot, redelivered), CancellationToken.None));

    public Task FailAsync(Shard shard, string worker, Guid boot, string failureClass) => UseAsync<FailShard, bool>(async fail =>
    {
        await fail.RunAsync(new(shard.Id.Value, shard.JobId.Value, shard.Attempt, worker, boot, failureClass, "as the test wants", "at Toy.Run()", 0.5), CancellationToken.None);
        return true;
    });

    public Task SweepAsync() => UseAsync<SweepShards, bool>(async sweep =>
    {
        if (_isByHand) await ByHandAsync(); // it lives, however far the test moved the clock
        await sweep.RunAsync(CancellationToken.None);
        return true;
    });

    /// <summary>Puts a result in the store, as a worker does, and reports what it would.</summary>
    public async Task<ShardCompleted> ResultAsync(Shard shard, string worker = "by-hand", Guid boot = default)
    {
        var store = Services.GetRequiredService<IArtifactStore>();
        var input = (JsonObject)JsonNode.Parse(shard.Input)!;
        long value = ToyHandler.Value((long)input["sum"]!, (int)input["index"]!);
        var note = await store.PutAsync(System.Text.Encoding.UTF8.GetBytes($"{value}"), "text/plain", CancellationToken.None);
        var bytes = new ShardResult(new Dictionary<string, ArtifactRef> { ["note"] = note }, new() { ["value"] = value }).ToBytes();
        await store.TryPutNamedAsync(InputKey.ResultName(shard.InputKey), bytes, CancellationToken.None);
        return new(shard.Id.Value, shard.JobId.Value, shard.Attempt, worker, boot, shard.InputKey.Hex, ContentHash.Of(bytes).Hex, null, false, 0.25);
    }

    /// <summary>Waits until the query gives something; fails with <paramref name="what"/> after half a minute: a machine may be busy.</summary>
    public async Task<T> UntilAsync<T>(string what, Func<JobsDb, Task<T?>> query, double seconds = 30, int pause = 5) where T : class
    {
        var watch = Stopwatch.StartNew();
        while (watch.Elapsed.TotalSeconds < seconds)
        {
            if (await QueryAsync(query) is { } found) return found;
            await Task.Delay(pause, TestContext.Current.CancellationToken);
        }

        Assert.Fail($"Waited {seconds} s for: {what}. {await DumpAsync()}Log:\n{Log}");
        return null!;
    }

    private async Task<string> DumpAsync()
    {
        var text = new System.Text.StringBuilder("Rows:\n");
        await QueryAsync(async db =>
        {
            foreach (var c in await db.Campaigns.AsNoTracking().ToListAsync()) text.AppendLine($"  {c.Id} {c.State} {c.FailureReason}");
            foreach (var j in await db.Jobs.AsNoTracking().ToListAsync()) text.AppendLine($"  {j.Name} {j.State} stage {j.Stage}, {j.Remaining} of {j.StageSize} remain");
            foreach (var s in await db.Shards.AsNoTracking().OrderByDescending(s => s.Id).Take(10).ToListAsync())
                text.AppendLine($"  shard {s.Stage}.{s.Index} {s.State} attempt {s.Attempt} on {s.Worker}, made {s.CreatedAt:mm:ss.fff}, dispatched {s.DispatchedAt:mm:ss.fff}, ended {s.EndedAt:mm:ss.fff} {s.FailureReason}");
            foreach (var a in await db.Attempts.AsNoTracking().OrderByDescending(a => a.StartedAt).Take(10).ToListAsync())
                text.AppendLine($"  run {a.Attempt} of {a.ShardId}: {a.StartedAt:mm:ss.fff} to {a.EndedAt:mm:ss.fff} {a.Outcome}");
            return 0;
        });
        var time = Services.GetRequiredService<Hangfire.JobStorage>().GetMonitoringApi();
        text.AppendLine(System.Text.Json.JsonSerializer.Serialize(time.GetStatistics()));
        foreach (var (_, job) in time.ScheduledJobs(0, 10)) text.AppendLine($"  scheduled {job.Job?.Method.Name} {job.EnqueueAt}");
        foreach (var (_, job) in time.ProcessingJobs(0, 10)) text.AppendLine($"  processing {job.Job?.Method.Name} since {job.StartedAt}");
        return text.ToString();
    }

    public Task<Campaign> EndAsync(CampaignId id, double seconds = 20) => UntilAsync("the campaign's end", db => db.Campaigns.AsNoTracking()
        .FirstOrDefaultAsync(c => c.Id == id && (c.State == CampaignState.Succeeded || c.State == CampaignState.Failed || c.State == CampaignState.Cancelled)), seconds, pause: 30);

    /// <summary>Waits for all shards of the stage in hand to be dispatched.</summary>
    public async Task<Shard[]> DispatchedAsync(CampaignId id, int stage = 1, int epoch = 0) => await UntilAsync($"dispatched shards of stage {stage}", async db =>
    {
        var job = await db.Jobs.AsNoTracking().FirstAsync(j => j.CampaignId == id && j.Ordinal == epoch);
        var shards = await db.Shards.AsNoTracking().Where(s => s.JobId == job.Id && s.Stage == stage).OrderBy(s => s.Index).ToArrayAsync();
        return shards.Length > 0 && shards.All(s => s.State == ShardState.Dispatched) ? shards : null;
    });

    public Task<Shard> ShardAsync(ShardId id) => QueryAsync(db => db.Shards.AsNoTracking().FirstAsync(s => s.Id == id));

    public Task<List<CampaignEvent>> EventsAsync(CampaignId id) =>
        UseAsync<CampaignQueries, List<CampaignEvent>>(queries => queries.EventsAsync(id, 0, 1000, CancellationToken.None));

    public async ValueTask DisposeAsync()
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        await _host.StopAsync(patience.Token);
        if (_host is IAsyncDisposable host) await host.DisposeAsync();
    }
}

/// <summary>Keeps what the product says, and the warnings of libraries: for messages of failed tests and for tests of what is said.</summary>
public sealed class ToyLog : ILoggerProvider
{
    private readonly ConcurrentQueue<(LogLevel Level, int Id, string Text)> _lines = new();

    public IEnumerable<(LogLevel Level, int Id, string Text)> Lines => _lines;

    public ILogger CreateLogger(string categoryName) =>
        new Category(this, categoryName.StartsWith("PortraitGen.", StringComparison.Ordinal) ? LogLevel.Information : LogLevel.Warning);

    public override string ToString() => string.Join('\n', _lines.Select(l => $"{l.Level} {l.Id}: {l.Text}"));

    public void Dispose() { }

    private sealed class Category(ToyLog log, LogLevel least) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;
        public bool IsEnabled(LogLevel logLevel) => logLevel >= least;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (IsEnabled(logLevel)) log._lines.Enqueue((logLevel, eventId.Id, $"{TimeProvider.System.GetUtcNow():mm:ss.fff} {formatter(state, exception)} {exception}"));
        }
    }
}
