using System.Text.Json;
using PortraitGen.Api.Cli;
using PortraitGen.Domain.Artifacts;

namespace PortraitGen.Api.Demo;

/// <summary>The whole pipeline in this process: curates portraits, trains on them, measures, and writes what a person wants to see.</summary>
internal sealed class DemoRun(DemoOptions options, TimeProvider clock)
{
    internal static readonly JsonSerializerOptions Indented = new(DomainJson.Options) { WriteIndented = true };

    public async Task<int> RunAsync(CancellationToken cancel)
    {
        long began = clock.GetTimestamp();
        using var view = DemoView.Create(options.Json);
        await using var system = await DemoSystem.StartAsync(options, view, clock, cancel);
        var campaign = await system.TrainAsync("demo", options.Spec(system.Dataset), cancel);
        await view.FollowAsync(system.Services, campaign, clock, cancel);

        var outcome = await DemoOutcome.ReadAsync(system.Services, campaign, cancel);
        await new DemoPictures(outcome, system.Store, options.Out).WriteAsync(cancel);
        var report = DemoReport.Of(outcome, system.Curation, options, clock.GetElapsedTime(began));
        await File.WriteAllTextAsync(Path.Combine(options.Out, "report.json"), report.ToJsonString(Indented), cancel);
        view.Finish();
        if (options.Json) Console.Out.WriteLine(report.ToJsonString(Indented));
        else DemoSummary.Print(report, options.Out);
        await system.EndAsync(options.Keep, cancel);
        return ExitCodes.Ok;
    }
}
