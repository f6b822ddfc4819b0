using PortraitGen.Domain.Campaigns;
using PortraitGen.Domain.Grpo;
using PortraitGen.Domain.Inversion;
using PortraitGen.Domain.Rewards;

namespace PortraitGen.Domain.Compare;

/// <summary>What a campaign's learning costs, in evaluations of the transformer on one latent: a forward pass is 1, a backward pass 2.</summary>
/// <remarks>Counted is what the policy learns from: rollouts, inversions, gradients, and the base's samples that the rewards of GRPO are trained on.
/// Not counted are benchmarks and previews, which measure, and the reward networks and the autoencoder, which are other networks: their cost shows in a campaign's seconds.</remarks>
public static class ForwardUnits
{
    private const int Forward = 1, Backward = 2;

    /// <param name="train">Training portraits of the dataset version.</param>
    public static long Of(CampaignSpec spec, int train) =>
        Labels(spec, train) + Enumerable.Range(1, spec.Epochs).Sum(e => OfEpoch(spec, e));

    /// <summary>The samples on which the rewards are trained; an objective without rewards needs none.</summary>
    public static long Labels(CampaignSpec spec, int train) =>
        spec.Objective is Objective.Sft ? 0 : (long)Math.Min(train, LabelInput.MostPortraits) * spec.Sampler.Steps * Forward * Passes(spec);

    /// <summary>One epoch, numbered from 1: its windows are drawn, so epochs differ a little.</summary>
    /// <remarks>In the advantage modes <c>split</c> and <c>union</c> the most it can be: a slice whose exemplars all have the advantage 0 has no exemplar gradient.</remarks>
    public static long OfEpoch(CampaignSpec spec, int epoch)
    {
        long groups = spec.Group.PerEpoch, levels = groups * spec.Exemplars.Levels;
        if (spec.Objective is Objective.Sft) return Pulled(spec.Exemplars) ? levels * (Forward + Backward) : 0;

        bool onKernel = spec.Objective is Objective.Grpo;
        long terms = groups * spec.Group.Size * TrainedTerms.PerImage(spec.Objective, spec.Sampler, spec.Matching);
        int reference = spec.Optimizer.KlWeight > 0 ? Forward : 0;
        // Objectives on the forward process note the sampling policy's velocity or loss at every level, and know no guidance.
        long learning = onKernel ? terms * (Forward + Backward + reference) * Passes(spec) : terms * (Forward + Forward + Backward + reference);
        long exemplars = spec.Exemplars.OnKernel
            ? groups * InversionCost.Evaluations(spec.Exemplars.Method, spec.Sampler.Steps) * Forward + groups * spec.Sampler.Window * Scored(spec.Exemplars) * Passes(spec)
            : spec.Exemplars.Method is ExemplarMethod.Fresh ? levels * Scored(spec.Exemplars) : 0;
        return Rollouts(spec, epoch) + learning + exemplars;
    }

    /// <summary>Guidance takes two evaluations for one velocity.</summary>
    private static int Passes(CampaignSpec spec) => spec.Sampler.Guidance == 1 ? 1 : 2;

    /// <summary>The Euler prefix once a group when its start is shared, every later step once a sample.</summary>
    private static long Rollouts(CampaignSpec spec, int epoch)
    {
        long units = 0;
        int slice = 0;
        for (int first = 0; first < spec.Group.PerEpoch; first += spec.Profile.GroupsPerShard, slice++)
        {
            int groups = Math.Min(spec.Profile.GroupsPerShard, spec.Group.PerEpoch - first), start = RolloutWindow.Start(spec, epoch, slice);
            units += groups * ((spec.Sampler.SharedStart ? 1 : spec.Group.Size) * start + (long)spec.Group.Size * (spec.Sampler.Steps - start)) * Forward * Passes(spec);
        }
        return units;
    }

    /// <summary>An exemplar's transition under the sampling policy, and with a gradient under the policy in training.</summary>
    private static int Scored(ExemplarSpec exemplars) => Forward + (Pulled(exemplars) ? Forward + Backward : 0);

    private static bool Pulled(ExemplarSpec exemplars) =>
        exemplars.Advantage is AdvantageMode.Union || (exemplars.Advantage is AdvantageMode.Fixed or AdvantageMode.Split && exemplars.Weight > 0);
}
