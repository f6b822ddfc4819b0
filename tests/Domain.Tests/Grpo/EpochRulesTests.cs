using PortraitGen.Domain.Campaigns;
using PortraitGen.Domain.Grpo;

namespace PortraitGen.Domain.Tests.Grpo;

/// <summary>What changes from epoch to epoch: windows, the exemplars' weight, the average's decay, and what counts as a spike.</summary>
public sealed class EpochRulesTests
{
    [Fact]
    public void A_random_window_starts_anywhere_it_may_and_differs_between_slices()
    {
        var spec = new CampaignSpec { Sampler = new() { MaxWindowStart = 3 } };
        var starts = Enumerable.Range(1, 40).SelectMany(e => Enumerable.Range(0, 3).Select(i => RolloutWindow.Start(spec, e, i))).ToArray();
        Assert.Equal([0, 1, 2, 3], starts.Distinct().Order());
        Assert.Contains(Enumerable.Range(1, 40), e => RolloutWindow.Start(spec, e, 0) != RolloutWindow.Start(spec, e, 1));
    }

    [Fact]
    public void A_sliding_window_moves_to_the_clean_end_and_begins_again()
    {
        var spec = new CampaignSpec { Sampler = new() { MaxWindowStart = 2, WindowMode = WindowMode.Sliding, WindowEvery = 2 } };
        Assert.Equal([0, 0, 1, 1, 2, 2, 0, 0], Enumerable.Range(1, 8).Select(e => RolloutWindow.Start(spec, e, 5)));
    }

    [Fact]
    public void The_weight_of_exemplars_goes_in_a_straight_line_and_stays()
    {
        var line = new ExemplarSpec { Weight = 2, AnnealTo = 0.5, AnnealEpochs = 3 };
        Assert.Equal([2, 1.5, 1, 0.5, 0.5], Enumerable.Range(1, 5).Select(e => ExemplarWeight.At(line, e)));
        Assert.Equal(2, ExemplarWeight.At(line with { AnnealEpochs = 0 }, 100));
    }

    [Fact]
    public void The_decay_of_the_average_rises_to_its_end()
    {
        var ramp = new OptimizerSpec { Ema = 0.5, EmaRamp = 0.2 };
        Assert.Equal([0.2, 0.4, 0.5, 0.5], Enumerable.Range(1, 4).Select(ramp.EmaDecay));
        Assert.Equal(0.5, (ramp with { EmaRamp = 0 }).EmaDecay(1));
    }

    [Fact]
    public void A_spike_is_measured_by_the_median_of_what_came_before()
    {
        Assert.Null(Spikes.OverMedian([1, 1, 1], 100, 0));
        Assert.Null(Spikes.OverMedian([0, 0, 0, 0], 100, 0));
        Assert.Equal(20, Spikes.OverMedian([1, 4, 6, 100], 100, 0));
        Assert.Equal(2, Spikes.OverMedian([100, 1, 5, 4, 6], 10, 0));
        Assert.Equal(4, Spikes.OverMedian([0.01, 0, 0.02, 0.01], 0.2, 0.05)!.Value, 12);
        Assert.Equal(Spikes.Memory, Spikes.Remember([.. Enumerable.Repeat(1.0, 40)], [2, 3]).Count);
        Assert.Equal([2, 3], Spikes.Remember([1], [2, 3]).TakeLast(2));
    }
}
