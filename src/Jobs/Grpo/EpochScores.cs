using PortraitGen.Domain.Campaigns;
using PortraitGen.Domain.Grpo;
using PortraitGen.Domain.Rewards;

namespace PortraitGen.Jobs.Grpo;

/// <summary>Puts the score shards' numbers in groups.</summary>
internal static class EpochScores
{
    /// <param name="results">One result a rollout in slice order, then the exemplars' when there are any.</param>
    public static RewardScores[] Of(CampaignSpec spec, IReadOnlyList<RewardRef> rewards, IReadOnlyList<ShardResult> results, int groups)
    {
        bool exemplars = spec.Exemplars.Method is not ExemplarMethod.Off;
        var generated = exemplars ? results.Take(results.Count - 1) : results;
        return [.. rewards.Select(reward =>
        {
            double[] Read(ShardResult r) => [.. r.Values["scores"]![reward.Name]!.AsArray().Select(s => s!.GetValue<double>())];
            double weight = reward.Name == RewardNames.Omni ? spec.Rewards.Omni : spec.Rewards.AiPortrait;
            double[][] real = exemplars ? [.. Read(results[^1]).Select(s => new[] { s })] : [.. Enumerable.Range(0, groups).Select(_ => Array.Empty<double>())];
            return new RewardScores(weight, spec.Rewards.Cap ? reward.RealMean : double.PositiveInfinity, [.. generated.SelectMany(Read).Chunk(spec.Group.Size)], real);
        })];
    }
}
