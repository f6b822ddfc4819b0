using PortraitGen.Domain.Campaigns;

namespace PortraitGen.Domain.Grpo;

/// <summary>How many terms a loss has: what an update divides by.</summary>
public static class TrainedTerms
{
    /// <summary>Of one generated image: trained steps of the kernel, or noise levels.</summary>
    public static int PerImage(Objective objective, SamplerSpec sampler, MatchingSpec matching) =>
        objective is Objective.Nft or Objective.Awm ? matching.Levels : sampler.Window;

    /// <summary>Of one exemplar.</summary>
    public static int PerExemplar(CampaignSpec spec) => spec.Samples && spec.Exemplars.OnKernel ? spec.Sampler.Window : spec.Exemplars.Levels;
}
