using PortraitGen.Domain.Campaigns;
using PortraitGen.Domain.Grpo;
using PortraitGen.Jobs.Planning;

namespace PortraitGen.Jobs.Grpo;

/// <summary>The curves of an epoch.</summary>
internal static class EpochMetrics
{
    private static readonly string[] OfGradients = ["ratio", "logRatioAbs", "clipFraction", "z2", "kl", "exemplarLoss", "exemplarLogRatio", "exemplarZ2"];
    private static readonly string[] OfUpdates = ["gradientNorm", "gradientNormOnPolicy", "gradientNormExemplar"];

    public static Dictionary<string, double> Of(IReadOnlyList<FinishedStage> stages, EpochAdvantages? advantages, RewardScores[] scores, IReadOnlyList<string> names)
    {
        var metrics = new Dictionary<string, double>();
        Average("gradient-", OfGradients, metrics, stages);
        Average("update-", OfUpdates, metrics, stages);
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

    private static void Average(string prefix, string[] names, Dictionary<string, double> metrics, IReadOnlyList<FinishedStage> stages)
    {
        var results = stages.Where(s => s.Name.StartsWith(prefix, StringComparison.Ordinal)).SelectMany(s => s.Results).ToArray();
        foreach (string name in names)
        {
            var values = results.Select(r => r.Values[name]).Where(v => v is not null).Select(v => v!.GetValue<double>()).ToArray();
            if (values.Length > 0) metrics[$"policy/{name}"] = values.Average();
        }
    }
}
