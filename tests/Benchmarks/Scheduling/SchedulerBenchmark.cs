using PortraitGen.Benchmarks.Measuring;

namespace PortraitGen.Benchmarks.Scheduling;

/// <summary>The scheduler alone: the cost of a decision against what waits, and a simulated cluster.</summary>
internal static class SchedulerBenchmark
{
    public static void Run(string output, int workers, int shards, int seed, int rounds, CancellationToken cancel)
    {
        var report = new Report("scheduler", new() { ["workers"] = workers, ["shards"] = shards, ["seed"] = seed, ["rounds"] = rounds });
        Decisions(report, rounds, cancel);
        var result = new Simulation(workers, (ulong)seed).Run(shards, cancel);
        report.Fact("shards that ended", result.Shards);
        report.Fact("virtual seconds in all", Math.Round(result.MakespanSeconds));
        report.Fact("utilisation", Math.Round(result.Utilisation, 4));
        report.Fact("share error", Math.Round(result.ShareError, 4));
        report.Fact("virtual seconds over which shares are taken", Math.Round(result.ShareSeconds));
        foreach (var (name, waits) in new[] { ("wait", result.Waits), ("wait of the highest priority", result.UrgentWaits) })
            foreach (double q in new[] { 0.5, 0.95, 0.99, 1 })
                report.Fact($"{name}, quantile {q}, virtual seconds", Math.Round(waits[Math.Min(waits.Length - 1, (int)(q * waits.Length))]));
        report.Write(output);
    }

    private static void Decisions(Report report, int rounds, CancellationToken cancel)
    {
        var states = new (string Name, DecisionCost Cost)[]
        {
            ("1,000 shards of 1,000 campaigns", new(1000, 1)),
            ("1,000,000 shards of 1,000 campaigns", new(1000, 1000)),
            ("1,000,000 shards of as many campaigns", new(1_000_000, 1)),
        };
        var costs = states.ToDictionary(s => s.Name, _ => new List<(double Decision, double Cycle)>());
        for (int round = -2; round < rounds; round++)
            foreach (var (name, cost) in states)
            {
                cancel.ThrowIfCancellationRequested();
                var measured = cost.Measure();
                if (round >= 0) costs[name].Add(measured);
            }

        foreach (var (name, _) in states)
        {
            report.Row(name, "decision", "ns", Spread.Of(costs[name].Select(c => c.Decision)));
            report.Row(name, "decision, dispatch, end", "ns", Spread.Of(costs[name].Select(c => c.Cycle)));
        }

        double Median(int state, Func<(double Decision, double Cycle), double> of) => Spread.Of(costs[states[state].Name].Select(of)).Median;
        report.Ratio("one decision: 1,000,000 waiting shards / 1,000, of as many campaigns", "ns", Median(1, c => c.Decision), Median(0, c => c.Decision), 2);
        report.Ratio("one decision: 1,000,000 campaigns with a shard each / 1,000", "ns", Median(2, c => c.Decision), Median(0, c => c.Decision), 2);
        report.Ratio("a whole cycle: 1,000,000 waiting shards / 1,000, of as many campaigns", "ns", Median(1, c => c.Cycle), Median(0, c => c.Cycle), null);
        report.Ratio("a whole cycle: 1,000,000 campaigns with a shard each / 1,000", "ns", Median(2, c => c.Cycle), Median(0, c => c.Cycle), null);
    }
}
