using System.Collections.Concurrent;
using Microsoft.Extensions.DependencyInjection;
using PortraitGen.Api.Cli;
using PortraitGen.Domain.Campaigns;
using PortraitGen.Jobs.Campaigns;
using Spectre.Console;

namespace PortraitGen.Api.Demo;

/// <summary>Shows each job's progress while a campaign runs: bars on a terminal, a line a job in a pipe, nothing with --json.</summary>
internal sealed class DemoView : IDisposable
{
    private readonly bool _quiet, _live;

    private DemoView(bool quiet) => (_quiet, _live) = (quiet, !quiet && !Console.IsOutputRedirected && AnsiConsole.Profile.Capabilities.Interactive);

    public static DemoView Create(bool quiet) => new(quiet);

    public void Say(string line)
    {
        if (!_quiet) Console.Out.WriteLine(line);
    }

    /// <summary>A step outside of the jobs, with a bar.</summary>
    public void Measure(string name, Action<Action<double>> work)
    {
        if (!_live)
        {
            Say(name);
            work(_ => { });
            return;
        }
        Bars().Start(context =>
        {
            var bar = context.AddTask(name, maxValue: 1);
            work(fraction => bar.Value = fraction);
        });
    }

    /// <summary>Until the campaign ends.</summary>
    /// <exception cref="CommandException">It failed or was cancelled; says why.</exception>
    public async Task FollowAsync(IServiceProvider services, CampaignId id, TimeProvider clock, CancellationToken cancel)
    {
        if (_live) await Bars().StartAsync(context => LoopAsync(services, id, new JobBars(context), clock, cancel));
        else await LoopAsync(services, id, null, clock, cancel);
    }

    /// <summary>Campaigns side by side, a bar or a line for each.</summary>
    /// <param name="work">Is given what to call with a campaign's number and its fraction done.</param>
    public async Task FollowAllAsync(IReadOnlyList<string> titles, Func<Action<int, double>, Task> work)
    {
        if (_live)
        {
            await Bars().StartAsync(context =>
            {
                var bars = titles.Select(t => context.AddTask(Markup.Escape(t), autoStart: false, maxValue: 1)).ToArray();
                return work((i, fraction) =>
                {
                    if (!bars[i].IsStarted) bars[i].StartTask();
                    bars[i].Value = fraction;
                    if (fraction >= 1) bars[i].StopTask();
                });
            });
            return;
        }
        var told = new ConcurrentDictionary<int, bool>();
        await work((i, fraction) =>
        {
            if (fraction >= 1 && told.TryAdd(i, true)) Say($"{titles[i]}: done ({told.Count} of {titles.Count})");
        });
    }

    public void Finish() => Say("");

    public void Dispose() { }

    private Task LoopAsync(IServiceProvider services, CampaignId id, JobBars? bars, TimeProvider clock, CancellationToken cancel)
    {
        var told = new HashSet<string>();
        return LocalCampaign.EndAsync(services, id, async (scope, jobs) =>
        {
            bars?.Show(jobs, await Progress(scope, jobs, cancel));
            if (bars is null)
                foreach (var job in jobs.Where(j => j.State is JobState.Succeeded && told.Add(j.Name))) Say($"{job.Name}: done in {(job.EndedAt - job.StartedAt)!.Value.TotalSeconds:F1} s");
        }, clock, cancel);
    }

    /// <summary>Mean fraction of the running job's present stage.</summary>
    private static async Task<double> Progress(IServiceProvider services, List<Job> jobs, CancellationToken cancel)
    {
        if (jobs.FirstOrDefault(j => j.State is JobState.Running) is not { } job) return 0;
        var shards = await services.GetRequiredService<JobQueries>().ShardsAsync(job.Id, new ShardCursor(job.Stage - 1, int.MaxValue), 1000, cancel);
        return shards.Items.Count == 0 ? 0 : shards.Items.Average(s => s.State is ShardState.Succeeded ? 1 : s.Fraction);
    }

    private static Progress Bars() => AnsiConsole.Progress().AutoRefresh(true).AutoClear(false)
        .Columns(new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn(), new PercentageColumn(), new ElapsedTimeColumn());

    /// <summary>One bar a job; the epochs share one.</summary>
    private sealed class JobBars(ProgressContext context)
    {
        private readonly Dictionary<string, ProgressTask> _bars = [];

        public void Show(List<Job> jobs, double fraction)
        {
            foreach (var group in jobs.GroupBy(j => j.Kind == JobKinds.GrpoEpoch ? "grpo epochs" : j.Name))
            {
                var all = group.ToList();
                int done = all.Count(j => j.State is JobState.Succeeded);
                var running = all.FirstOrDefault(j => j.State is JobState.Running);
                if (!_bars.TryGetValue(group.Key, out var bar)) _bars[group.Key] = bar = context.AddTask(Markup.Escape(group.Key), autoStart: false, maxValue: all.Count);
                if ((running is not null || done > 0) && !bar.IsStarted) bar.StartTask();
                bar.Description = Markup.Escape(running?.StageName is { } stage ? $"{(all.Count > 1 ? $"epoch {done + 1}/{all.Count}" : group.Key)} · {stage}" : group.Key).PadRight(34);
                bar.Value = done + (running is null || all.Count > 1 ? 0 : fraction * 0.99);
                if (done == all.Count && bar.StopTime is null) bar.StopTask();
            }
        }
    }
}
