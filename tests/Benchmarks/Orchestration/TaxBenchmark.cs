using PortraitGen.Benchmarks.Measuring;

namespace PortraitGen.Benchmarks.Orchestration;

/// <summary>What rows, bus and Hangfire cost beside the computation: CPU seconds of steady epochs, embedded / bare.</summary>
internal static class TaxBenchmark
{
    private const double Bar = 1.05;
    private static readonly TimeSpan Idle = TimeSpan.FromSeconds(20);

    public static async Task RunAsync(string model, string output, int epochs, int rounds, CancellationToken cancel)
    {
        var report = new Report("orchestration-tax", new() { ["epochs"] = epochs, ["rounds"] = rounds, ["model"] = Path.GetFileName(model) });
        List<Cost> embedded = [], bare = [];
        var hashes = new HashSet<string>();
        // The round before the first is not counted: meanwhile the runtime compiles what is called most for the second time.
        for (int round = -1; round < rounds; round++)
        {
            foreach (bool orchestrated in round % 2 == 0 ? (bool[])[false, true] : [true, false])
            {
                string folder = Directory.CreateTempSubdirectory("portraitgen-tax-").FullName;
                try
                {
                    var run = orchestrated ? await EmbeddedCampaign.RunAsync(model, folder, epochs, cancel) : await BareCampaign.RunAsync(model, folder, epochs, cancel);
                    if (round >= 0) (orchestrated ? embedded : bare).Add(new(run.Cost.Wall / run.Epochs, run.Cost.Cpu / run.Epochs));
                    hashes.Add(run.Checkpoint);
                    Console.Out.WriteLine($"{(round < 0 ? "warm-up" : $"round {round + 1}")} {(orchestrated ? "embedded" : "bare"),-9} {run.Cost.Cpu / run.Epochs:0.000} CPU s, {run.Cost.Wall / run.Epochs:0.000} s an epoch, checkpoint {run.Checkpoint[..12]}");
                    // The same seeds, specification and portraits: whoever does the same work ends with the same bytes.
                    if (hashes.Count > 1) throw new InvalidOperationException("The two ended with different checkpoints: they did not do the same work.");
                }
                finally
                {
                    Directory.Delete(folder, recursive: true);
                }
            }
        }

        report.Fact("checkpoint of every run", hashes.Single());
        report.Row("steady epoch", "embedded campaign", embedded);
        report.Row("steady epoch", "bare engine loop", bare);
        report.Ratio("steady epoch: embedded / bare", embedded, bare, Bar);
        await IdleAsync(report, cancel); // last, when everything is compiled
        report.Write(output);
    }

    private static async Task IdleAsync(Report report, CancellationToken cancel)
    {
        string folder = Directory.CreateTempSubdirectory("portraitgen-tax-").FullName;
        try
        {
            var idle = await EmbeddedCampaign.IdleAsync(folder, Idle, cancel);
            report.Row("server without work", "embedded", "CPU s/s", Spread.Of([idle.Cpu / idle.Wall]));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
