using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using PortraitGen.Domain.Artifacts;
using PortraitGen.Domain.Campaigns;
using PortraitGen.Gpu.Runtime;
using PortraitGen.Jobs.Campaigns;
using PortraitGen.Jobs.Data;
using PortraitGen.Jobs.Hosting;
using PortraitGen.Jobs.Planning;
using PortraitGen.Jobs.Tests.Toys;

namespace PortraitGen.Benchmarks.Throughput;

/// <summary>The product: server and worker in one process, on PostgreSQL and RabbitMQ. A campaign of one stage whose shards add two numbers; the store is memory.</summary>
internal sealed class ProductShards(IHost host) : IThroughputContender
{
    private static readonly TimeSpan Glance = TimeSpan.FromMilliseconds(20);
    private static int _seed; // equal shards would be found in the store, and not run

    public static async Task<IThroughputContender> StartAsync(string postgres, string rabbitMq, int slots, CancellationToken cancel)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new() { DisableDefaults = true });
        builder.Services.AddLogging(logging => logging.SetMinimumLevel(LogLevel.Warning).AddSimpleConsole());
        builder.Services.AddSingleton<IArtifactStore>(new MemoryStore()).AddSingleton<IShardHandler, ToyHandler>();
        builder.Services.AddSingleton<ICampaignPlan, ToyPlan>().AddSingleton<IJobPlanner, ToyPlanner>();
        builder.Services.AddPortraitGenJobs(new JobsOptions { Postgres = postgres, RabbitMq = rabbitMq });
        builder.Services.AddWorker(new WorkerOptions { Name = "bench", Concurrency = slots, Grace = TimeSpan.Zero }, rabbitMq);
        var host = builder.Build();
        await host.StartAsync(cancel);
        return new ProductShards(host);
    }

    public async Task RunAsync(int pieces, CancellationToken cancel)
    {
        await using var scope = host.Services.CreateAsyncScope();
        var spec = ToyPlan.Spec(shards: pieces, seed: Interlocked.Increment(ref _seed));
        var submission = await scope.ServiceProvider.GetRequiredService<SubmitCampaign>().RunAsync("toy", "throughput", "bench", spec, null, 0, cancel);
        var id = ((Submission.Created)submission).Id;
        var db = scope.ServiceProvider.GetRequiredService<JobsDb>();
        CampaignState state;
        while (!(state = await db.Campaigns.Where(c => c.Id == id).Select(c => c.State).SingleAsync(cancel)).IsTerminal()) await Task.Delay(Glance, cancel);
        if (state is not CampaignState.Succeeded) throw new InvalidOperationException($"The campaign {state}.");
        int runs = await db.Attempts.CountAsync(a => db.Shards.Any(s => s.Id == a.ShardId && s.CampaignId == id), cancel);
        if (runs != pieces) throw new InvalidOperationException($"{runs} runs of {pieces} shards: some ran twice.");
    }

    public async ValueTask DisposeAsync()
    {
        await host.StopAsync();
        await ((IAsyncDisposable)host).DisposeAsync();
    }
}
