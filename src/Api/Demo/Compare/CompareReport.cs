using System.Text.Json.Nodes;
using PortraitGen.Domain.Compare;

namespace PortraitGen.Api.Demo.Compare;

/// <summary>compare.json: every arm and seed, every measure, what it cost, and the rule's verdict.</summary>
internal static class CompareReport
{
    public static JsonObject Of(Comparison comparison, TimeSpan wall) => new()
    {
        ["seeds"] = new JsonArray([.. comparison.Seeds.Select(s => (JsonNode)s)]),
        ["wallSeconds"] = Math.Round(wall.TotalSeconds, 1),
        ["portraits"] = new JsonObject { ["train"] = comparison.Results[0].Outcome.Dataset.Train.Count, ["heldOut"] = comparison.Results[0].Outcome.Dataset.HeldoutCaptions.Count },
        ["real"] = Numbers(comparison.Real),
        ["base"] = new JsonArray([.. comparison.Measured.Where(m => m.Arm == ComparisonArms.Base).Select(m => (JsonNode)new JsonObject { ["seed"] = m.Seed, ["measures"] = Numbers(m.Values) })]),
        ["arms"] = new JsonArray([.. comparison.Results.Select(r => (JsonNode)Arm(r))]),
        ["verdicts"] = new JsonArray([.. comparison.Arms.Select(a => (JsonNode)Judged(comparison, a.Key))]),
        ["summary"] = new JsonArray([.. CompareVerdicts.Of(comparison).Select(l => (JsonNode)l)]),
    };

    private static JsonObject Arm(CompareResult result)
    {
        var (outcome, spec) = (result.Outcome, result.Arm.Spec);
        var measures = new JsonObject();
        foreach (var (name, before) in outcome.Before.OrderBy(p => p.Key, StringComparer.Ordinal)) measures[name] = new JsonObject { ["before"] = before, ["after"] = outcome.After[name] };
        return new()
        {
            ["arm"] = result.Arm.Key,
            ["name"] = result.Arm.Name,
            ["seed"] = result.Seed,
            ["campaign"] = outcome.Campaign.Id.Value.ToString(),
            ["epochs"] = spec.Epochs,
            ["optimiserSteps"] = spec.Epochs * spec.Optimizer.StepsPerEpoch,
            ["forwardUnits"] = result.Units,
            // What the epochs' shards reported; without the rewards' labels.
            ["epochForwardsCounted"] = (long)outcome.Metrics.Where(m => m.Series == "compute/forwards").OrderBy(m => m.Step).Last().Value,
            ["wallSeconds"] = Math.Round((outcome.Campaign.EndedAt - outcome.Campaign.StartedAt)!.Value.TotalSeconds, 1),
            ["deviceSeconds"] = Math.Round(outcome.DeviceSeconds, 1),
            ["checkpointSha256"] = outcome.Artifacts["final/checkpoint.json"].Hex,
            ["measures"] = measures,
        };
    }

    /// <summary>An arm against the base.</summary>
    private static JsonObject Judged(Comparison comparison, string arm)
    {
        var table = comparison.Table;
        var verdicts = new JsonObject();
        foreach (var (measure, verdict) in table.Judge(arm, ComparisonArms.Base)) verdicts[measure.Key] = verdict.ToString();
        return new() { ["arm"] = arm, ["againstBase"] = verdicts, ["hacks"] = table.Hacks(arm) };
    }

    private static JsonObject Numbers(IReadOnlyDictionary<string, double> values) =>
        new(values.OrderBy(v => v.Key, StringComparer.Ordinal).Select(v => KeyValuePair.Create(v.Key, (JsonNode?)v.Value)));
}
