using System.Globalization;
using PortraitGen.Domain.Grpo;
using PortraitGen.Jobs.Planning;

namespace PortraitGen.Jobs.Grpo;

/// <summary>Watches gradient norm and loss of every optimiser step against the running median of those before.</summary>
internal static class EpochSpikes
{
    /// <summary>The loss of grpo is about 0 by construction; a loss this large is worth a word in any objective.</summary>
    private const double LeastLoss = 0.05;

    /// <summary>The history after this epoch, and a warning for each spike; adds how far the epoch's highest point lies over the median.</summary>
    public static (CurveHistory History, IReadOnlyList<string> Warnings) Of(IReadOnlyList<FinishedStage> stages, CurveHistory? before, Dictionary<string, double> metrics)
    {
        var warnings = new List<string>();
        var norms = Watch("gradient norm", "gradientNorm", "update-", before?.GradientNorm ?? [], 0);
        var losses = Watch("loss", "loss", "gradient-", before?.Loss ?? [], LeastLoss);
        return (new(norms, losses), warnings);

        IReadOnlyList<double> Watch(string name, string series, string prefix, IReadOnlyList<double> history, double least)
        {
            double? highest = null;
            int number = 0;
            foreach (var stage in stages.Where(s => s.Name.StartsWith(prefix, StringComparison.Ordinal)))
            {
                number++;
                var values = stage.Results.Select(r => r.Values[series]).Where(v => v is not null).Select(v => v!.GetValue<double>()).ToArray();
                if (values.Length == 0) continue;
                double height = Math.Abs(values.Average());
                if (Spikes.OverMedian(history, height, least) is { } times)
                {
                    highest = Math.Max(highest ?? 0, times);
                    if (times > Spikes.Factor)
                        warnings.Add(string.Create(CultureInfo.InvariantCulture, $"The {name} of optimiser step {number} is {height:G3}, {times:0.#} times the median of the {history.Count} steps before. If this goes on, lower optimizer.learningRate or optimizer.maxGradientNorm."));
                }
                history = Spikes.Remember(history, [height]);
            }
            if (highest is { } h) metrics[$"alarm/{series}-over-median"] = h;
            return history;
        }
    }
}
