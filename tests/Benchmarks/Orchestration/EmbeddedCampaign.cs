using System.Diagnostics;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using PortraitGen.Api.Hosting;
using PortraitGen.Benchmarks.Measuring;
using PortraitGen.Domain.Artifacts;
using PortraitGen.Domain.Campaigns;
using PortraitGen.Jobs.Campaigns;
using PortraitGen.Jobs.Hosting;
using PortraitGen.Jobs.Planning;

namespace PortraitGen.Benchmarks.Orchestration;

/// <summary>The campaign through the product in its embedded form: HTTP server, SQLite, the bus in the process, Hangfire, one device thread.</summary>
internal static class EmbeddedCampaign
{
    private static readonly TimeSpan Glance = TimeSpan.FromSeconds(1);

    /// <summary>What the server uses while it has nothing to do: this part of the tax grows with the hours, not with the work.</summary>
    public static async Task<Cost> IdleAsync(string folder, TimeSpan time, CancellationToken cancel)
    {
        await using var app = Build(folder, new());
        await app.StartAsync(cancel);
        await Task.Delay(time, cancel); // starting is not idling
        var cpu = Environment.CpuUsage.TotalTime;
        long began = Stopwatch.GetTimestamp();
        await Task.Delay(time, cancel);
        var cost = new Cost(Stopwatch.GetElapsedTime(began).TotalSeconds, (Environment.CpuUsage.TotalTime - cpu).TotalSeconds);
        await app.StopAsync(cancel);
        return cost;
    }

    public static async Task<TaxRun> RunAsync(string model, string folder, int epochs, CancellationToken cancel)
    {
        var clock = new EpochClock();
        await using var app = Build(folder, clock);
        await app.StartAsync(cancel);
        var spec = await TaxCampaign.PrepareAsync(model, epochs, app.Services.GetRequiredService<IArtifactStore>(), cancel);
        CampaignId id;
        await using (var scope = app.Services.CreateAsyncScope())
        {
            var submission = await scope.ServiceProvider.GetRequiredService<SubmitCampaign>().RunAsync("training", "tax", "default", spec, null, 0, cancel);
            id = submission is Submission.Created created ? created.Id : throw new InvalidOperationException($"The campaign was not taken: {submission}");
        }

        string checkpoint = await EndAsync(app.Services, id, cancel);
        await app.StopAsync(cancel);
        var (cost, steady) = clock.Steady();
        return new(checkpoint, cost, steady);
    }

    private static WebApplication Build(string folder, EpochClock clock) => ApiHost.Build(new ServeSettings
    {
        Jobs = new JobsOptions { DataFolder = folder },
        Listen = "http://127.0.0.1:0",
        Workers = 1,
        Log = LogLevel.Warning,
    }, services => Clocked(services, clock));

    private static void Clocked(IServiceCollection services, EpochClock clock)
    {
        foreach (var planner in services.Where(s => s.ServiceType == typeof(IJobPlanner)).ToList())
        {
            services.Remove(planner);
            services.AddScoped<IJobPlanner>(provider => new ClockedPlanner((IJobPlanner)ActivatorUtilities.CreateInstance(provider, planner.ImplementationType!), clock));
        }
    }

    private static async Task<string> EndAsync(IServiceProvider services, CampaignId id, CancellationToken cancel)
    {
        while (true)
        {
            await using var scope = services.CreateAsyncScope();
            var queries = scope.ServiceProvider.GetRequiredService<CampaignQueries>();
            var campaign = (await queries.FindAsync(id, cancel))!;
            if (campaign.State is CampaignState.Succeeded) return (await queries.ArtifactsAsync(id, cancel)).Single(a => a.Name == "final/checkpoint.json").Hash.Hex;
            if (campaign.State is CampaignState.Failed or CampaignState.Cancelled) throw new InvalidOperationException($"The campaign {campaign.State}: {campaign.FailureReason}");
            await Task.Delay(Glance, cancel);
        }
    }
}
