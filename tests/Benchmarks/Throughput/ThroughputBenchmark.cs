using System.Diagnostics;
using PortraitGen.Benchmarks.Measuring;

namespace PortraitGen.Benchmarks.Throughput;

/// <summary>Shards a second through PostgreSQL and RabbitMQ, beside MassTransit alone on the same messages and Hangfire.PostgreSql alone on as many jobs.</summary>
internal static class ThroughputBenchmark
{
    private const int Warm = 128, WarmRounds = 3; // a server runs for days, but the runtime compiles its busiest methods again for a minute
    private const double OfBareBus = 0.5, OfHangfire = 3;
    private const string Product = "product", Bare = "bare MassTransit", Hangfire = "Hangfire.PostgreSql";
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    public static async Task RunAsync(string output, int pieces, int slots, int rounds, CancellationToken cancel)
    {
        var report = new Report("throughput", new() { ["shards"] = pieces, ["slots"] = slots, ["rounds"] = rounds });
        await using var servers = new FreshServers();
        var (rows, time) = (await servers.DatabaseAsync("rows", cancel), await servers.DatabaseAsync("hangfire", cancel));
        var (bus, bare) = (await servers.BusAsync("product", cancel), await servers.BusAsync("bare", cancel));
        (string Name, Func<Task<IThroughputContender>> Start)[] contenders =
        [
            (Product, () => ProductShards.StartAsync(rows, bus, slots, cancel)),
            (Bare, () => BareBus.StartAsync(bare, slots, cancel)),
            (Hangfire, () => HangfireAlone.StartAsync(time)),
        ];
        var costs = contenders.ToDictionary(c => c.Name, _ => new List<Cost>());
        for (int round = -WarmRounds; round < rounds; round++)
        {
            for (int turn = 0; turn < contenders.Length; turn++)
            {
                var (name, start) = contenders[(turn + round + WarmRounds) % contenders.Length];
                var cost = await TurnAsync(start, pieces, cancel);
                Console.Out.WriteLine($"{(round < 0 ? "warm-up" : $"round {round + 1}")}: {name,-20} {pieces / cost.Wall,8:0} a second, {cost.Cpu / pieces * 1000:0.000} CPU ms each");
                if (round >= 0) costs[name].Add(cost);
            }
        }

        foreach (var (name, _) in contenders)
        {
            report.Row("throughput", name, "1/s", Spread.Of(costs[name].Select(c => pieces / c.Wall)));
            report.Row("CPU of this process", name, "ms each", Spread.Of(costs[name].Select(c => c.Cpu / pieces * 1000)));
        }

        double Median(string name) => Spread.Of(costs[name].Select(c => pieces / c.Wall)).Median;
        report.AtLeast("shards a second: product / bare MassTransit, same messages", "1/s", Median(Product), Median(Bare), OfBareBus);
        report.AtLeast("shards a second: product / Hangfire.PostgreSql, one job each", "1/s", Median(Product), Median(Hangfire), OfHangfire);
        report.Write(output);
    }

    private static async Task<Cost> TurnAsync(Func<Task<IThroughputContender>> start, int pieces, CancellationToken cancel)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        patience.CancelAfter(Patience);
        await using var contender = await start();
        await contender.RunAsync(Warm, patience.Token);
        var cpu = Environment.CpuUsage.TotalTime;
        long began = Stopwatch.GetTimestamp();
        await contender.RunAsync(pieces, patience.Token);
        return new(Stopwatch.GetElapsedTime(began).TotalSeconds, (Environment.CpuUsage.TotalTime - cpu).TotalSeconds);
    }
}
