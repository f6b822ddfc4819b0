using Spectre.Console;

namespace PortraitGen.Api.Demo.Compare;

/// <summary>The comparison on the terminal.</summary>
internal static class CompareSummary
{
    public static void Print(Comparison comparison, string folder)
    {
        foreach (bool rewarded in new[] { false, true })
        {
            var table = new Table().Border(TableBorder.Simple).AddColumns([rewarded ? "Reward (trained on)" : "Held-out measure (0 is real)", "real", .. comparison.Arms.Select(a => a.Name)]);
            foreach (var row in comparison.Table.Rows.Where(r => r.Measure.Rewarded == rewarded))
                table.AddRow([new Text(row.Measure.Name), new Text(CompareMarkdown.Number(comparison.Real[row.Measure.Key])),
                    .. comparison.Arms.Select(a => new Text(CompareMarkdown.Cell(row.Cells[a.Key]), row.Best == a.Key ? new Style(Color.Green, decoration: Decoration.Bold) : Style.Plain))]);
            AnsiConsole.Write(table);
        }
        foreach (string line in CompareVerdicts.Of(comparison)) Console.Out.WriteLine(line);
        Console.Out.WriteLine($"Look at {string.Join(", ", new[] { "compare.png", "compare-curves.png", "compare.md", "compare.json" }.Select(f => Path.Combine(folder, f)))}");
    }
}
