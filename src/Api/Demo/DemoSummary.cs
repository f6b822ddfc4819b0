using System.Text.Json.Nodes;
using PortraitGen.Domain.Compare;
using Spectre.Console;

namespace PortraitGen.Api.Demo;

/// <summary>The last words on the terminal: what improved, and where to look.</summary>
internal static class DemoSummary
{
    public static void Print(JsonObject report, string folder)
    {
        AnsiConsole.Write(Table("Held-out measure (0 is real)", report, DemoMeasures.All.Where(m => !m.Rewarded)));
        AnsiConsole.Write(Table("Reward (trained on)", report, DemoMeasures.All.Where(m => m.Rewarded)));
        Console.Out.WriteLine($"Campaign {report["campaign"]!["id"]} {report["campaign"]!["state"]}: {report["epochs"]} epochs, {report["wallSeconds"]} s, peak {report["peakMemoryBytes"]!.GetValue<long>() / (1 << 20)} MiB");
        Console.Out.WriteLine($"Checkpoint {report["checkpointSha256"]}");
        Console.Out.WriteLine($"Look at {Path.Combine(folder, "before-after.png")} and {Path.Combine(folder, "reward-curves.png")}");
    }

    private static Table Table(string head, JsonObject report, IEnumerable<JudgedMeasure> measures)
    {
        var table = new Table().Border(TableBorder.Simple).AddColumns(head, "Before", "After", "");
        foreach (var measure in measures)
        {
            double before = report["measures"]![measure.Key]!["before"]!.GetValue<double>(), after = report["measures"]![measure.Key]!["after"]!.GetValue<double>();
            bool better = measure.LowerIsBetter ? after < before : after > before;
            table.AddRow(new Text(measure.Name), new Text($"{before:F3}"), new Text($"{after:F3}"), new Text(better ? "better" : "worse", better ? new Style(Color.Green) : new Style(Color.Red)));
        }
        return table;
    }
}
