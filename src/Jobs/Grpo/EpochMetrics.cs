using System.Text.Json.Nodes;
using PortraitGen.Domain.Campaigns;
using PortraitGen.Domain.Grpo;
using PortraitGen.Jobs.Planning;

namespace PortraitGen.Jobs.Grpo;

/// <summary>The curves of an epoch: <c>policy/X</c> is the mean over its optimiser steps, <c>policy/step-N/X</c> that of one.</summary>
internal static class EpochMetrics
{
    private static readonly string[] OfInversions = ["noiseNorm", "replayDb"];
    private static readonly string[] OfGradients = ["loss", "ratio", "logRatioAbs", "clipFraction", "z2", "kl", "velocityShift", "exemplarLoss", "exemplarLogRatio", "exemplarZ2"];
    private static readonly string[] OfUpdates = ["gradientNorm", "gradientNormOnPolicy", "gradientNormExemplar"];

    public static Dictionary<string, double> Of(IReadOnlyList<FinishedStage> stages, EpochAdvantages? advantages, RewardScores[] scores, IReadOnlyList<string> names)
    {
        var metrics = new Dictionary<string, double>();
        Inversions(metrics, stages);
        foreach (var (prefix, values) in new[] { ("gradient-", OfGradients), ("update-", OfUpdates) })
        {
            var steps = stages.Where(s => s.Name.StartsWith(prefix, StringComparison.Ordinal)).ToArray();
            Average("policy/", values, metrics, steps);
            for (int i = 0; steps.Length > 1 && i < steps.Length; i++) Average($"policy/step-{i + 1}/", values, metrics, [steps[i]]);
        }
        for (int r = 0; r < scores.Length; r++)
        {
            var all = scores[r].Generated.SelectMany(g => g).ToArray();
            double mean = all.Average();
            metrics[$"reward/{names[r]}/mean"] = mean;
            metrics[$"reward/{names[r]}/std"] = Math.Sqrt(all.Average(s => (s - mean) * (s - mean)));
            var real = scores[r].Exemplars.SelectMany(g => g).ToArray();
            if (real.Length > 0) metrics[$"reward/{names[r]}/real"] = real.Average();
        }
        if (advantages is not null)
        {
            metrics["advantage/zero-spread"] = advantages.ZeroSpread;
            metrics["advantage/real-below-mean"] = advantages.RealBelowMean;
        }
        return metrics;
    }

    /// <summary>Transformer evaluations of the epoch's learning, in images; previews are not counted.</summary>
    public static long Forwards(IReadOnlyList<FinishedStage> stages) =>
        stages.Where(s => s.Name != "preview").SelectMany(s => s.Results).Sum(r => r.Values["forwards"]?.GetValue<long>() ?? 0);

    private static void Inversions(Dictionary<string, double> metrics, IReadOnlyList<FinishedStage> stages)
    {
        var inverted = stages.Where(s => s.Name == "invert").ToArray();
        Average("inversion/", OfInversions, metrics, inverted);
        var perStep = inverted.SelectMany(s => s.Results).Select(r => r.Values["z2"] as JsonArray).Where(z => z is not null).ToArray();
        for (int i = 0; perStep.Length > 0 && i < perStep[0]!.Count; i++)
            metrics[$"inversion/step-{i + 1:D2}/z2"] = perStep.Average(z => z![i]!.GetValue<double>());
    }

    private static void Average(string prefix, string[] names, Dictionary<string, double> metrics, IEnumerable<FinishedStage> stages)
    {
        var results = stages.SelectMany(s => s.Results).ToArray();
        foreach (string name in names)
        {
            var values = results.Select(r => r.Values[name]).Where(v => v is not null).Select(v => v!.GetValue<double>()).ToArray();
            if (values.Length > 0) metrics[prefix + name] = values.Average();
        }
    }
}
