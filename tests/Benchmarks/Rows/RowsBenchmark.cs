using System.Diagnostics;
using PortraitGen.Benchmarks.Measuring;
using PortraitGen.Benchmarks.Throughput;
using PortraitGen.Conformance.Tests.Data;

namespace PortraitGen.Benchmarks.Rows;

/// <summary>What dispatching and pages cost in PostgreSQL with many rows, against few. Both databases lie ready, and are asked in turn.</summary>
internal static class RowsBenchmark
{
    private const int Few = 10_000, Repeats = 20;
    private const double OfPages = 1.5;

    public static async Task RunAsync(string output, int most, int rounds, CancellationToken cancel)
    {
        var report = new Report("rows", new() { ["most"] = most, ["few"] = Few, ["repeats"] = Repeats, ["rounds"] = rounds });
        await using var servers = new FreshServers();
        var tables = new List<ManyTables>();
        foreach (int rows in new[] { Few, most })
        {
            long began = Stopwatch.GetTimestamp();
            tables.Add(await ManyTables.FillAsync(await servers.DatabaseAsync($"rows_{rows}", cancel), rows, cancel));
            report.Fact($"seconds to fill {rows:N0} jobs, and as many waiting shards", Math.Round(Stopwatch.GetElapsedTime(began).TotalSeconds));
        }

        (string Name, int Times, double? Bar, Func<ManyTables, Task> Run)[] works =
        [
            ("dispatcher reads", Repeats, null, t => t.ReadAsync(cancel)),
            ("dispatcher's turn of 256", 1, null, t => t.DispatchAsync(cancel)),
            ("first page of jobs", Repeats, OfPages, t => t.FirstPageAsync(cancel)),
            ("page in the middle", Repeats, OfPages, t => t.MiddlePageAsync(cancel)),
            ("page of jobs that succeeded", Repeats, OfPages, t => t.SucceededPageAsync(cancel)),
        ];
        var times = works.ToDictionary(w => w.Name, _ => tables.Select(_ => new List<double>()).ToArray());
        for (int round = -2; round < rounds; round++)
        {
            foreach (var (name, repeats, _, run) in works)
            {
                for (int i = 0; i < tables.Count; i++)
                {
                    int one = (i + Math.Abs(round)) % tables.Count;
                    long began = Stopwatch.GetTimestamp();
                    for (int n = 0; n < repeats; n++) await run(tables[one]);
                    if (round >= 0) times[name][one].Add(Stopwatch.GetElapsedTime(began).TotalMilliseconds / repeats);
                }
            }
        }

        foreach (var (name, _, bar, _) in works)
        {
            var spreads = times[name].Select(t => Spread.Of(t)).ToArray();
            for (int i = 0; i < tables.Count; i++) report.Row(name, $"{tables[i].Rows:N0} rows", "ms", spreads[i]);
            report.Ratio($"{name}: {most:N0} rows / {Few:N0}", "ms", spreads[1].Median, spreads[0].Median, bar);
        }

        foreach (string plan in await tables[1].PlansAsync(cancel)) Console.Out.WriteLine($"\n{plan}");
        report.Write(output);
    }
}
