using System.Diagnostics;
using System.Text.Json.Nodes;
using PortraitGen.Benchmarks.Measuring;

namespace PortraitGen.Benchmarks.Demo;

/// <summary>Wall time and peak memory of the demo: by its own report, and from outside.</summary>
internal static class DemoBenchmark
{
    private static readonly TimeSpan Glance = TimeSpan.FromMilliseconds(200);

    /// <param name="program">The built program (portraitgen.dll).</param>
    public static async Task RunAsync(string program, string output, int? epochs, int rounds, CancellationToken cancel)
    {
        var report = new Report("demo", new() { ["epochs"] = epochs, ["rounds"] = rounds });
        List<double> wall = [], cpu = [], said = [], peak = [], peakSaid = [];
        for (int round = 0; round < rounds; round++)
        {
            string folder = Directory.CreateTempSubdirectory("portraitgen-demo-").FullName;
            try
            {
                long began = Stopwatch.GetTimestamp();
                using var demo = Process.Start(new ProcessStartInfo("dotnet", [program, "demo", "--out", folder, .. epochs is { } n ? new[] { "--epochs", $"{n}" } : []]) { RedirectStandardOutput = true })!;
                var reading = demo.StandardOutput.ReadToEndAsync(cancel);
                var (most, used) = await WatchAsync(demo, cancel);
                await reading;
                if (demo.ExitCode != 0) throw new InvalidOperationException($"The demo ended with exit code {demo.ExitCode}.");
                wall.Add(Stopwatch.GetElapsedTime(began).TotalSeconds);
                cpu.Add(used);
                peak.Add(most / (double)(1 << 20));
                var own = JsonNode.Parse(await File.ReadAllTextAsync(Path.Combine(folder, "report.json"), cancel))!;
                said.Add(own["wallSeconds"]!.GetValue<double>());
                peakSaid.Add(own["peakMemoryBytes"]!.GetValue<long>() / (double)(1 << 20));
            }
            finally
            {
                Directory.Delete(folder, recursive: true);
            }
        }

        report.Row("demo", "from outside", "wall s", Spread.Of(wall));
        report.Row("demo", "report.json", "wall s", Spread.Of(said));
        report.Row("demo", "from outside", "CPU s", Spread.Of(cpu));
        report.Row("demo", "from outside (VmHWM)", "MiB", Spread.Of(peak));
        report.Row("demo", "report.json", "MiB", Spread.Of(peakSaid));
        report.Write(output);
    }

    /// <summary>Until it ends: the peak of its resident memory in bytes, and its CPU seconds.</summary>
    private static async Task<(long Peak, double Cpu)> WatchAsync(Process process, CancellationToken cancel)
    {
        long peak = 0;
        double cpu = 0;
        while (!process.HasExited)
        {
            try
            {
                process.Refresh();
                (peak, cpu) = (Math.Max(peak, process.PeakWorkingSet64), process.TotalProcessorTime.TotalSeconds);
            }
            catch (InvalidOperationException)
            {
                break; // it ended between the two questions
            }
            await Task.Delay(Glance, cancel);
        }

        await process.WaitForExitAsync(cancel);
        return (peak, cpu);
    }
}
