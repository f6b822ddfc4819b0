using System.Collections.Concurrent;
using System.Text;
using System.Text.Json.Nodes;
using MassTransit;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using PortraitGen.Domain.Artifacts;
using PortraitGen.Domain.Campaigns;
using PortraitGen.Gpu.Runtime;
using PortraitGen.Jobs.Artifacts;
using PortraitGen.Jobs.Campaigns;
using PortraitGen.Jobs.Hosting;
using PortraitGen.Jobs.Messaging;
using PortraitGen.Jobs.Tests.Toys;

namespace PortraitGen.Jobs.Tests.Upgrade;

/// <summary>Records the fixtures of this version; see the README beside them. Does nothing unless PORTRAITGEN_RECORD_FIXTURES names a folder.</summary>
public sealed class RecordFixtures : IDisposable
{
    private readonly ScratchFolder _scratch = new();

    [Fact]
    public async Task Record()
    {
        if (Environment.GetEnvironmentVariable("PORTRAITGEN_RECORD_FIXTURES") is not { Length: > 0 } folder)
        {
            Assert.NotEmpty(FixtureBook.Versions); // recorded before, or there is nothing to hold this version against
            return;
        }

        Directory.CreateDirectory(Path.Combine(folder, "messages"));
        await RecordAsync(new JobsOptions { DataFolder = _scratch.Fresh() }, folder, "rows.sqlite.sql");
        if (Environment.GetEnvironmentVariable("PORTRAITGEN_RECORD_POSTGRES") is { Length: > 0 } postgres)
            await RecordAsync(new JobsOptions { Postgres = postgres }, folder, "rows.postgres.sql");
    }

    /// <summary>A campaign stopped in the middle: one job done, of the next one's first stage a shard done, one running, one dispatched.</summary>
    private async Task RecordAsync(JobsOptions options, string folder, string rows)
    {
        var spec = ToyPlan.Spec(jobs: 2, stages: 2, shards: 3, seed: 41);
        using ManualResetEventSlim reached = new(), go = new();
        bool failed = false;
        var handler = new ToyHandler
        {
            Before = (run, cancel) =>
            {
                run.Report(0.25, "a quarter");
                if ((int)run.Input["epoch"]! != 1 || (int)run.Input["index"]! != 1 || (int)run.Input["stage"]! != 0) return;
                reached.Set();
                go.Wait(TimeSpan.FromSeconds(60), cancel);
                if (failed) return;
                failed = true;
                throw new ShardFailedException(FailureClasses.Infra, "as the recording wants");
            },
        };
        var store = new FolderArtifactStore(_scratch.Fresh());
        var wire = new Wire();
        var worker = ToyHost.Worker(1, "worker-a") with { ProgressEvery = TimeSpan.FromMilliseconds(50), Heartbeat = TimeSpan.FromMilliseconds(200) };
        CampaignId id;
        await using (var host = await ToyHost.StartAsync(options, slots: 1, store: store, handler: handler, worker: worker))
        {
            host.Services.GetRequiredService<IBus>().ConnectReceiveObserver(wire);
            id = await host.StartCampaignAsync(spec);
            Assert.True(reached.Wait(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken));
            await host.UntilAsync("a heartbeat", db => db.Shards.FirstOrDefaultAsync(s => s.State == ShardState.Running && s.ProgressText == "a quarter"));
            await File.WriteAllTextAsync(Path.Combine(folder, rows), await host.QueryAsync(db => FixtureBook.DumpAsync(db, CancellationToken.None)));
            await StoreAsync(host, store, folder);
            go.Set();
            await host.EndAsync(id, seconds: 60);
            await host.UseAsync<IShardBus, bool>(async bus =>
            {
                await bus.StopAsync(new StopShards([Guid.CreateVersion7(TimeProvider.System.GetUtcNow())], "as the recording wants"), CancellationToken.None);
                await host.Services.GetRequiredService<IBus>().Publish(new WorkerLeaving("worker-a", Guid.CreateVersion7(TimeProvider.System.GetUtcNow())), CancellationToken.None);
                await Task.Delay(500, CancellationToken.None);
                return true;
            });
        }

        foreach (var (name, body) in wire.Bodies) await File.WriteAllTextAsync(Path.Combine(folder, "messages", name + ".json"), body + "\n");
        Assert.Equal(9, wire.Bodies.Count);
        await File.WriteAllTextAsync(Path.Combine(folder, "about.json"), new JsonObject
        {
            ["engine"] = InputKey.EngineVersion,
            ["spec"] = spec,
            ["output"] = $$"""{"sum":{{ToyPlan.Expected(spec)}}}""",
        }.ToJsonString() + "\n");
    }

    /// <summary>The results that the finished shards of the dump refer to, and their outputs.</summary>
    private static async Task StoreAsync(ToyHost host, FolderArtifactStore store, string folder)
    {
        var (objects, named) = (new JsonArray(), new JsonObject());
        foreach (var key in await host.QueryAsync(db => db.Shards.Where(s => s.State == ShardState.Succeeded).OrderBy(s => s.Id).Select(s => s.InputKey).ToListAsync()))
        {
            byte[] index = (await store.GetNamedAsync(InputKey.ResultName(key), CancellationToken.None))!;
            named[InputKey.ResultName(key)] = Encoding.UTF8.GetString(index);
            objects.Add(Encoding.UTF8.GetString(await store.GetAsync(ShardResult.Parse(index).Output("note").Hash, CancellationToken.None)));
        }

        await File.WriteAllTextAsync(Path.Combine(folder, "store.json"), new JsonObject { ["objects"] = objects, ["named"] = named }.ToJsonString() + "\n");
    }

    public void Dispose() => _scratch.Dispose();

    /// <summary>Keeps the first body of each type as it came.</summary>
    private sealed class Wire : IReceiveObserver
    {
        private const string Ours = "urn:message:portraitgen:";

        public ConcurrentDictionary<string, string> Bodies { get; } = new();

        public Task PreReceive(ReceiveContext context)
        {
            string body = context.Body.GetString();
            string urn = JsonNode.Parse(body)!["messageType"]![0]!.GetValue<string>();
            if (urn.StartsWith(Ours, StringComparison.Ordinal)) Bodies.TryAdd(urn[Ours.Length..].Replace(':', '.'), body);
            return Task.CompletedTask;
        }

        public Task PostReceive(ReceiveContext context) => Task.CompletedTask;

        public Task PostConsume<T>(ConsumeContext<T> context, TimeSpan duration, string consumerType) where T : class => Task.CompletedTask;

        public Task ConsumeFault<T>(ConsumeContext<T> context, TimeSpan duration, string consumerType, Exception exception) where T : class => Task.CompletedTask;

        public Task ReceiveFault(ReceiveContext context, Exception exception) => Task.CompletedTask;
    }
}
