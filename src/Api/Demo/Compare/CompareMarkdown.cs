using System.Globalization;
using System.Text;
using PortraitGen.Domain.Compare;

namespace PortraitGen.Api.Demo.Compare;

/// <summary>compare.md: the table that a document quotes.</summary>
internal static class CompareMarkdown
{
    public static string Of(Comparison comparison)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"# Comparison at equal compute\n\nSeeds {string.Join(", ", comparison.Seeds)}. Mean over the seeds, in brackets the lowest and the highest. ");
        text.Append("Bold: better than every other arm by more than the larger of both ranges. Real: training portraits judged as a policy's images are.\n\n");
        Table(text, comparison, "held-out measure (0 is real)", rewarded: false);
        Table(text, comparison, "reward (trained on; higher is better)", rewarded: true);
        text.Append("| arm | epochs | optimiser steps | forward units | device seconds |\n|---|---|---|---|---|\n");
        foreach (var arm in comparison.Results.GroupBy(r => r.Arm.Name))
            text.Append(CultureInfo.InvariantCulture, $"| {arm.Key} | {Span(arm.Select(r => (double)r.Arm.Spec.Epochs))} | {Span(arm.Select(r => (double)r.Arm.Spec.Epochs * r.Arm.Spec.Optimizer.StepsPerEpoch))} | {Span(arm.Select(r => (double)r.Units))} | {Span(arm.Select(r => r.Outcome.DeviceSeconds))} |\n");
        text.Append("\nA forward pass of the transformer on one latent is 1 unit, a backward pass 2. Device seconds include what the arms of a seed share (labels, rewards, the base's benchmark) where it was computed first.\n\n");
        foreach (string line in CompareVerdicts.Of(comparison)) text.Append(CultureInfo.InvariantCulture, $"- {line}\n");
        return text.ToString();
    }

    /// <summary>Mean and spread, as every table shows them.</summary>
    public static string Cell(SeedSpread spread) => spread.Seeds == 1 ? Number(spread.Mean) : $"{Number(spread.Mean)} ({Number(spread.Low)} … {Number(spread.High)})";

    public static string Number(double value) => value.ToString("F3", CultureInfo.InvariantCulture);

    private static void Table(StringBuilder text, Comparison comparison, string head, bool rewarded)
    {
        text.Append(CultureInfo.InvariantCulture, $"| {head} | real | {string.Join(" | ", comparison.Arms.Select(a => a.Name))} |\n|---|---|{string.Concat(comparison.Arms.Select(_ => "---|"))}\n");
        foreach (var row in comparison.Table.Rows.Where(r => r.Measure.Rewarded == rewarded))
        {
            var cells = comparison.Arms.Select(a => row.Best == a.Key ? $"**{Cell(row.Cells[a.Key])}**" : Cell(row.Cells[a.Key]));
            text.Append(CultureInfo.InvariantCulture, $"| {row.Measure.Name} | {Number(comparison.Real[row.Measure.Key])} | {string.Join(" | ", cells)} |\n");
        }
        text.Append('\n');
    }

    private static string Span(IEnumerable<double> values)
    {
        var (low, high) = (Math.Round(values.Min()), Math.Round(values.Max()));
        return low == high ? low.ToString("N0", CultureInfo.InvariantCulture) : string.Create(CultureInfo.InvariantCulture, $"{low:N0} … {high:N0}");
    }
}
