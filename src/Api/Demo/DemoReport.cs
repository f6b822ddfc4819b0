using System.Diagnostics;
using System.Text.Json.Nodes;
using PortraitGen.Domain.Campaigns;

namespace PortraitGen.Api.Demo;

/// <summary>report.json: what ran and what it changed.</summary>
internal static class DemoReport
{
    public static JsonObject Of(DemoOutcome outcome, JsonObject curation, DemoOptions options, TimeSpan wall)
    {
        using var process = Process.GetCurrentProcess();
        var measures = new JsonObject();
        foreach (var (name, before) in outcome.Before.OrderBy(p => p.Key, StringComparer.Ordinal))
            measures[name] = new JsonObject { ["before"] = before, ["after"] = outcome.After[name] };
        return new()
        {
            ["campaign"] = new JsonObject { ["id"] = outcome.Campaign.Id.Value.ToString(), ["state"] = outcome.Campaign.State.ToString().ToLowerInvariant() },
            ["epochs"] = options.Epochs,
            ["seed"] = options.Seed,
            ["wallSeconds"] = Math.Round(wall.TotalSeconds, 1),
            ["peakMemoryBytes"] = process.PeakWorkingSet64,
            ["checkpointSha256"] = outcome.Artifacts["final/checkpoint.json"].Hex,
            ["policySha256"] = outcome.Artifacts["final/policy.safetensors"].Hex,
            ["forwardPasses"] = outcome.Metrics.Where(m => m.Series == "compute/forwards").Select(m => (long)m.Value).LastOrDefault(),
            ["portraits"] = new JsonObject { ["train"] = outcome.Dataset.Train.Count, ["heldOut"] = outcome.Dataset.HeldoutCaptions.Count, ["leftOut"] = curation["rejected"]!.DeepClone() },
            ["measures"] = measures,
        };
    }
}
