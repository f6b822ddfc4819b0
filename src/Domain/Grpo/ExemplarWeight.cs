using PortraitGen.Domain.Campaigns;

namespace PortraitGen.Domain.Grpo;

/// <summary>lambda over the epochs.</summary>
public static class ExemplarWeight
{
    /// <summary>The weight of an epoch, counted from 1: a straight line from <c>weight</c> to <c>annealTo</c> over <c>annealEpochs</c>, then level.</summary>
    public static double At(ExemplarSpec exemplars, int epoch) => exemplars.AnnealEpochs == 0
        ? exemplars.Weight
        : exemplars.Weight + (exemplars.AnnealTo - exemplars.Weight) * Math.Min(1, (epoch - 1.0) / exemplars.AnnealEpochs);
}
