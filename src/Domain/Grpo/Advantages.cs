namespace PortraitGen.Domain.Grpo;

/// <summary>How exemplars take part in the advantages of their group.</summary>
public enum AdvantageMode
{
    /// <summary>A_real = weight, always. The mode that kept the policy from hacking its rewards in trials: the default.</summary>
    Fixed,

    /// <summary>A_real = weight * clip(z, 0, 5), z taken over the generated images; 0 once the policy out-scores the photo.</summary>
    Split,

    /// <summary>One z-score over generated images and exemplars together (PortraitGen's faithful mode).</summary>
    Union,

    /// <summary>Exemplars shift the group's mean and spread but get no gradient.</summary>
    BaselineOnly,

    /// <summary>No exemplar takes part.</summary>
    Off,
}

/// <summary>One reward's scores in an epoch.</summary>
/// <param name="Weight">Factor after normalisation, &gt;= 0.</param>
/// <param name="Cap">Scores above are cut to it: its mean over real portraits, or infinity.</param>
/// <param name="Generated">[group][sample].</param>
/// <param name="Exemplars">[group][exemplar].</param>
public sealed record RewardScores(double Weight, double Cap, double[][] Generated, double[][] Exemplars);

/// <summary>Advantages of an epoch, with what a person should watch.</summary>
/// <param name="Generated">[group][sample], 0 in a group without spread.</param>
/// <param name="Exemplars">[group][exemplar], never negative.</param>
/// <param name="ZeroSpread">Share of (reward, group) pairs whose scores (in modes union and baseline-only the exemplar's too) did not differ; they teach nothing.</param>
/// <param name="RealBelowMean">Share of (reward, exemplar) pairs that score below their group's generated mean: the first sign of reward hacking.</param>
public sealed record EpochAdvantages(double[][] Generated, double[][] Exemplars, double ZeroSpread, double RealBelowMean);

/// <summary>Group-relative advantages under several rewards (GDPO: each reward normalised in its group, weighted, summed, normalised over the batch).</summary>
public static class Advantages
{
    private const double MaxAdvantage = 5;
    private const double Epsilon = 1e-4;

    /// <summary>Scores closer than this are equal: a cap makes such groups, and dividing their rounding by epsilon would teach noise.</summary>
    private const double MinSpread = 1e-6;

    /// <param name="rewards">One or more rewards over the same groups.</param>
    /// <param name="mode">How exemplars take part.</param>
    /// <param name="exemplarWeight">lambda, &gt;= 0.</param>
    public static EpochAdvantages Compute(IReadOnlyList<RewardScores> rewards, AdvantageMode mode, double exemplarWeight)
    {
        int groups = rewards[0].Generated.Length;
        var generated = rewards[0].Generated.Select(g => new double[g.Length]).ToArray();
        var exemplars = rewards[0].Exemplars.Select(g => new double[g.Length]).ToArray();
        int zero = 0, below = 0, pairs = 0;
        bool together = mode is AdvantageMode.Union or AdvantageMode.BaselineOnly;

        foreach (var reward in rewards)
        {
            double globalStd = Moments(Capped(reward, reward.Generated.SelectMany(g => g))).Std;
            for (int g = 0; g < groups; g++)
            {
                var own = Capped(reward, reward.Generated[g]);
                var real = Capped(reward, reward.Exemplars[g]);
                var (meanOwn, stdOwn) = Moments(own);
                below += reward.Exemplars[g].Count(r => r < Moments(reward.Generated[g]).Mean);
                pairs += real.Length;

                var (mean, std) = together ? Moments([.. own, .. real]) : (meanOwn, stdOwn);
                if (std < MinSpread) zero++;
                else for (int i = 0; i < own.Length; i++) generated[g][i] += reward.Weight * (own[i] - mean) / (std + Epsilon);

                double spread = together ? std + Epsilon : Math.Max(stdOwn, Math.Max(globalStd, Epsilon));
                for (int k = 0; k < real.Length; k++) exemplars[g][k] += reward.Weight * (real[k] - mean) / spread;
            }
        }

        // In the faithful modes exemplars belong to the group's statistics, so to the batch's too: else the gap that pushed all samples down would be divided out and saturate.
        var batch = generated.Concat(together ? exemplars : []).SelectMany(g => g);
        double batchStd = Math.Max(Moments([.. batch]).Std, Epsilon);
        foreach (var group in generated)
            for (int i = 0; i < group.Length; i++) group[i] = Math.Clamp(group[i] / batchStd, -MaxAdvantage, MaxAdvantage);
        foreach (var group in exemplars)
            for (int k = 0; k < group.Length; k++) group[k] = ExemplarAdvantage(mode, exemplarWeight, group[k], batchStd);
        return new(generated, exemplars, (double)zero / (groups * rewards.Count), pairs == 0 ? 0 : (double)below / pairs);
    }

    private static double ExemplarAdvantage(AdvantageMode mode, double weight, double z, double batchStd) => mode switch
    {
        AdvantageMode.Fixed => weight,
        AdvantageMode.Split => weight * Math.Clamp(z, 0, MaxAdvantage),
        AdvantageMode.Union => Math.Clamp(z / batchStd, 0, MaxAdvantage),
        _ => 0,
    };

    private static double[] Capped(RewardScores reward, IEnumerable<double> scores) => [.. scores.Select(s => Math.Min(s, reward.Cap))];

    /// <summary>Mean and population standard deviation; (0, 0) of nothing.</summary>
    private static (double Mean, double Std) Moments(double[] values)
    {
        if (values.Length == 0) return (0, 0);
        double mean = values.Average();
        return (mean, Math.Sqrt(values.Sum(v => (v - mean) * (v - mean)) / values.Length));
    }
}
