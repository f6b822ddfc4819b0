using PortraitGen.Domain.Campaigns;

namespace PortraitGen.Domain.Grpo;

/// <summary>Group-relative advantages under several rewards, after the rules of <see cref="RewardSpec"/>.</summary>
/// <remarks>GDPO: each reward normalised in its group, weighted, summed, normalised over the batch. Sum: as Flow-GRPO, weighted scores summed and then normalised, with no batch step.</remarks>
public static class Advantages
{
    /// <summary>Advantages are cut to +-this.</summary>
    public const double Largest = 5;

    private const double Epsilon = 1e-4;

    /// <summary>Scores closer than this are equal: a cap makes such groups, and dividing their rounding by epsilon would teach noise.</summary>
    private const double MinSpread = 1e-6;

    /// <param name="rewards">One or more rewards over the same groups.</param>
    /// <param name="mode">How exemplars take part.</param>
    /// <param name="exemplarWeight">lambda, &gt;= 0.</param>
    /// <param name="rules">How scores are combined and normalised; the defaults when null.</param>
    public static EpochAdvantages Compute(IReadOnlyList<RewardScores> rewards, AdvantageMode mode, double exemplarWeight, RewardSpec? rules = null)
    {
        rules ??= new();
        int groups = rewards[0].Generated.Length;
        var generated = rewards[0].Generated.Select(g => new double[g.Length]).ToArray();
        var exemplars = rewards[0].Exemplars.Select(g => new double[g.Length]).ToArray();
        int zero = 0;
        bool together = mode is AdvantageMode.Union or AdvantageMode.BaselineOnly;
        bool gdpo = rules.Combine is RewardCombination.Gdpo;

        var signals = Signals(rewards, together, rules);
        foreach (var signal in signals)
        {
            double globalStd = Moments([.. signal.Generated.SelectMany(g => g)]).Std;
            double epochStd = together ? Moments([.. signal.Generated.Concat(signal.Exemplars).SelectMany(g => g)]).Std : globalStd;
            for (int g = 0; g < groups; g++)
            {
                double[] own = signal.Generated[g], real = signal.Exemplars[g];
                var (meanOwn, stdOwn) = Moments(own);
                var (mean, std) = together ? Moments([.. own, .. real]) : (meanOwn, stdOwn);
                double divisor = Math.Max(rules.Std is SpreadScope.Global ? epochStd : std, rules.StdFloor);
                if (std < MinSpread) zero++;
                else for (int i = 0; i < own.Length; i++) generated[g][i] += signal.Weight * (own[i] - mean) / (divisor + Epsilon);

                double spread = together ? divisor + Epsilon : Math.Max(Math.Max(stdOwn, rules.StdFloor), Math.Max(globalStd, Epsilon));
                for (int k = 0; k < real.Length; k++) exemplars[g][k] += signal.Weight * (real[k] - mean) / spread;
            }
        }

        // In the faithful modes exemplars belong to the group's statistics, so to the batch's too: else the gap that pushed all samples down would be divided out and saturate.
        var batch = generated.Concat(together ? exemplars : []).SelectMany(g => g);
        double batchStd = gdpo ? Math.Max(Moments([.. batch]).Std, Epsilon) : 1;
        foreach (var group in generated)
            for (int i = 0; i < group.Length; i++) group[i] = Math.Clamp(group[i] / batchStd, -Largest, Largest);
        foreach (var group in exemplars)
            for (int k = 0; k < group.Length; k++) group[k] = ExemplarAdvantage(mode, exemplarWeight, group[k], batchStd);
        return new(generated, exemplars, (double)zero / (groups * signals.Length), RealBelowMean(rewards));
    }

    private static double ExemplarAdvantage(AdvantageMode mode, double weight, double z, double batchStd) => mode switch
    {
        AdvantageMode.Fixed => weight,
        AdvantageMode.Split => weight * Math.Clamp(z, 0, Largest),
        AdvantageMode.Union => Math.Clamp(z / batchStd, 0, Largest),
        _ => 0,
    };

    /// <summary>The scores that are normalised: capped, perhaps as win rates, perhaps summed to one.</summary>
    private static RewardScores[] Signals(IReadOnlyList<RewardScores> rewards, bool together, RewardSpec rules)
    {
        var each = rewards.Select(r => r with { Generated = Capped(r.Generated, r.Cap), Exemplars = Capped(r.Exemplars, r.Cap) }).ToArray();
        if (rules.WinRate) each = [.. each.Select(r => WinRates.Of(r, together))];
        if (rules.Combine is RewardCombination.Gdpo) return each;
        double[][] Sum(Func<RewardScores, double[][]> of) =>
            [.. of(each[0]).Select((group, g) => group.Select((_, i) => each.Sum(r => r.Weight * of(r)[g][i])).ToArray())];
        return [new(1, double.PositiveInfinity, Sum(r => r.Generated), Sum(r => r.Exemplars))];
    }

    /// <summary>Of the raw scores: a cap would hide it.</summary>
    private static double RealBelowMean(IReadOnlyList<RewardScores> rewards)
    {
        int below = 0, pairs = 0;
        foreach (var reward in rewards)
            for (int g = 0; g < reward.Exemplars.Length; g++)
            {
                if (reward.Exemplars[g].Length == 0) continue;
                double mean = Moments(reward.Generated[g]).Mean;
                below += reward.Exemplars[g].Count(r => r < mean);
                pairs += reward.Exemplars[g].Length;
            }
        return pairs == 0 ? 0 : (double)below / pairs;
    }

    private static double[][] Capped(double[][] scores, double cap) => [.. scores.Select(g => g.Select(s => Math.Min(s, cap)).ToArray())];

    /// <summary>Mean and population standard deviation; (0, 0) of nothing.</summary>
    private static (double Mean, double Std) Moments(double[] values)
    {
        if (values.Length == 0) return (0, 0);
        double mean = values.Average();
        return (mean, Math.Sqrt(values.Sum(v => (v - mean) * (v - mean)) / values.Length));
    }
}
