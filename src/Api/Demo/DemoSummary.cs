using System.Text.Json.Nodes;
using Spectre.Console;

namespace PortraitGen.Api.Demo;

/// <summary>The last words on the terminal: what improved, and where to look.</summary>
internal static class DemoSummary
{
    private static readonly (string Key, string Name)[] Measures =
    [
        ("heldout/roundTrip/featureDistance", "feature distance to held-out portraits"),
        ("heldout/roundTrip/spectrumGap", "spectrum gap"),
        ("heldout/roundTrip/textureGap", "texture gap"),
        ("heldout/roundTrip/specularGap", "specular (oily shine) gap"),
        ("heldout/roundTrip/saturationGap", "saturation gap"),
        ("heldout/raw/featureDistance", "feature distance, raw references"),
        ("heldout/raw/spectrumGap", "spectrum gap, raw references"),
    ];

    public static void Print(JsonObject report, string folder)
    {
        var table = new Table().Border(TableBorder.Simple).AddColumns("Held-out measure (0 is real)", "Before", "After", "");
        foreach (var (key, name) in Measures) Add(table, report, key, name, lowerIsBetter: true);
        AnsiConsole.Write(table);
        var rewards = new Table().Border(TableBorder.Simple).AddColumns("Reward (trained on)", "Before", "After", "");
        Add(rewards, report, "benchmark/ai-portrait", "AI-Portrait", lowerIsBetter: false);
        Add(rewards, report, "benchmark/omni", "Omni", lowerIsBetter: false);
        AnsiConsole.Write(rewards);
        Console.Out.WriteLine($"Campaign {report["campaign"]!["id"]} {report["campaign"]!["state"]}: {report["epochs"]} epochs, {report["wallSeconds"]} s, peak {report["peakMemoryBytes"]!.GetValue<long>() / (1 << 20)} MiB");
        Console.Out.WriteLine($"Checkpoint {report["checkpointSha256"]}");
        Console.Out.WriteLine($"Look at {Path.Combine(folder, "before-after.png")} and {Path.Combine(folder, "reward-curves.png")}");
    }

    private static void Add(Table table, JsonObject report, string key, string name, bool lowerIsBetter)
    {
        double before = report["measures"]![key]!["before"]!.GetValue<double>(), after = report["measures"]![key]!["after"]!.GetValue<double>();
        bool better = lowerIsBetter ? after < before : after > before;
        table.AddRow(new Text(name), new Text($"{before:F3}"), new Text($"{after:F3}"), new Text(better ? "better" : "worse", better ? new Style(Color.Green) : new Style(Color.Red)));
    }
}
