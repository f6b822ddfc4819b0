using PortraitGen.Domain.Campaigns;
using PortraitGen.Domain.Maths;

namespace PortraitGen.Domain.Grpo;

/// <summary>Where the stochastic window of a slice's rollout lies.</summary>
public static class RolloutWindow
{
    /// <summary>Index in the grid of the window's first step: drawn for each slice of each epoch, or sliding with the epochs, then the same for all slices.</summary>
    /// <param name="spec">Sampler and seed.</param>
    /// <param name="epoch">From 1.</param>
    /// <param name="slice">Within the epoch.</param>
    public static int Start(CampaignSpec spec, int epoch, int slice)
    {
        int starts = spec.Sampler.MaxWindowStart + 1;
        return spec.Sampler.WindowMode is WindowMode.Sliding
            ? (epoch - 1) / spec.Sampler.WindowEvery % starts
            : CounterRng.For((ulong)spec.Seed, "window", epoch, slice).Below(0, starts);
    }
}
