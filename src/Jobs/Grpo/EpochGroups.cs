using PortraitGen.Domain.Campaigns;
using PortraitGen.Domain.Grpo;
using PortraitGen.Domain.Maths;
using PortraitGen.Jobs.Inversion;

namespace PortraitGen.Jobs.Grpo;

/// <summary>Which portraits, and so which prompts, an epoch has: every one of a pass before any again, in an order drawn anew each pass.</summary>
internal static class EpochGroups
{
    public static GroupRef[] Of(CampaignSpec spec, EncodedDataset dataset, int epoch)
    {
        int count = dataset.Train.Count;
        return [.. Enumerable.Range(0, spec.Group.PerEpoch).Select(i =>
        {
            int position = (epoch - 1) * spec.Group.PerEpoch + i;
            var order = CounterRng.For((ulong)spec.Seed, "exemplar-order", position / count).Permutation(count);
            var portrait = dataset.Train[order[position % count]];
            return new GroupRef(i, portrait.Caption, spec.Exemplars.Method is ExemplarMethod.Off ? null : portrait.Latent);
        })];
    }
}
