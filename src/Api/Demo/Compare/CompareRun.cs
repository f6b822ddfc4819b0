using System.Collections.Concurrent;
using PortraitGen.Api.Cli;
using PortraitGen.Domain.Artifacts;
using PortraitGen.Domain.Campaigns;
using PortraitGen.Domain.Compare;

namespace PortraitGen.Api.Demo.Compare;

/// <summary>Trains every arm with every seed at equal compute, each as an ordinary campaign, and writes what came of it.</summary>
internal sealed class CompareRun(DemoOptions options, int seeds, TimeProvider clock)
{
    public async Task<int> RunAsync(CancellationToken cancel)
    {
        long began = clock.GetTimestamp();
        using var view = DemoView.Create(options.Json);
        await using var system = await DemoSystem.StartAsync(options, view, clock, cancel);
        var results = await TrainAsync(system, view, cancel);
        var comparison = new Comparison(results, await RealPortraits.MeasureAsync(system.Store, results, cancel));

        var report = CompareReport.Of(comparison, clock.GetElapsedTime(began));
        await File.WriteAllTextAsync(Path.Combine(options.Out, "compare.json"), report.ToJsonString(DemoRun.Indented), cancel);
        await File.WriteAllTextAsync(Path.Combine(options.Out, "compare.md"), CompareMarkdown.Of(comparison), cancel);
        await new ComparePictures(comparison, system.Store, options.Out).WriteAsync(cancel);
        view.Finish();
        if (options.Json) Console.Out.WriteLine(report.ToJsonString(DemoRun.Indented));
        else CompareSummary.Print(comparison, options.Out);
        await system.EndAsync(options.Keep, cancel);
        return ExitCodes.Ok;
    }

    /// <summary>As many campaigns side by side as there are workers: while one waits for its optimiser step, another computes. Arm by arm, so that neighbours
    /// have different seeds: what the arms of a seed share (labels, rewards, the base's benchmark) is stored before the next arm asks.</summary>
    private async Task<IReadOnlyList<CompareResult>> TrainAsync(DemoSystem system, DemoView view, CancellationToken cancel)
    {
        var runs = Enumerable.Range(0, seeds).SelectMany(i => ComparisonArms.Of(options.Spec(system.Dataset) with { Seed = options.Seed + i }, system.Train))
            .GroupBy(a => a.Key).SelectMany(g => g).ToArray();
        var done = new ConcurrentDictionary<int, CompareResult>();
        await view.FollowAllAsync([.. runs.Select(Title)], async show => await Parallel.ForEachAsync(
            Enumerable.Range(0, runs.Length), new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount, CancellationToken = cancel }, async (i, token) =>
            {
                var (spec, title) = (runs[i].Spec, Title(runs[i]));
                var id = await system.TrainAsync(title, spec, token);
                await LocalCampaign.EndAsync(system.Services, id, (_, jobs) =>
                {
                    show(i, (double)jobs.Count(j => j.State is JobState.Succeeded) / jobs.Count);
                    return Task.CompletedTask;
                }, clock, token);
                done[i] = new(runs[i], spec.Seed, ForwardUnits.Of(spec, system.Train), await DemoOutcome.ReadAsync(system.Services, id, token));
            }));
        return [.. Enumerable.Range(0, runs.Length).Select(i => done[i])];
    }

    private static string Title(ComparisonArm arm) => $"{arm.Name}, seed {arm.Spec.Seed}";
}
