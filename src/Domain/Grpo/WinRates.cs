namespace PortraitGen.Domain.Grpo;

/// <summary>Pref-GRPO's reward (arXiv 2508.20751): the share of its group that an image beats. Equal scores win half.</summary>
public static class WinRates
{
    /// <param name="scores">Already capped.</param>
    /// <param name="together">Whether exemplars are opponents of generated images. They always play against these.</param>
    public static RewardScores Of(RewardScores scores, bool together) => scores with
    {
        Generated = [.. scores.Generated.Select((own, g) => own.Select((s, i) => Rate(s, [.. own.Where((_, j) => j != i), .. together ? scores.Exemplars[g] : []])).ToArray())],
        Exemplars = [.. scores.Exemplars.Select((real, g) => real.Select((s, k) => Rate(s, [.. scores.Generated[g], .. together ? real.Where((_, j) => j != k) : []])).ToArray())],
    };

    private static double Rate(double score, double[] others) =>
        others.Length == 0 ? 0.5 : others.Average(o => score > o ? 1 : score < o ? 0 : 0.5);
}
