using PortraitGen.Domain.Campaigns;
using PortraitGen.Domain.Compare;
using PortraitGen.Domain.Grpo;

namespace PortraitGen.Domain.Tests.Compare;

public sealed class ForwardUnitsTests
{
    /// <summary>Windows that always start at step 0: then nothing is drawn.</summary>
    private static readonly CampaignSpec Fixed = new()
    {
        Epochs = 3,
        Sampler = new() { Steps = 10, Window = 3, MaxWindowStart = 0 },
        Group = new() { Size = 7, PerEpoch = 8 },
        Exemplars = new() { Levels = 3 },
    };

    [Fact]
    public void An_epoch_by_hand()
    {
        const int rollout = 8 * 7 * 10, gradient = 8 * 7 * 3 * (1 + 2);
        Assert.Equal(rollout + gradient + 8 * 3 * (1 + 1 + 2), ForwardUnits.OfEpoch(Fixed, 1));
        var off = Fixed with { Exemplars = new() { Method = ExemplarMethod.Off, Advantage = AdvantageMode.Off } };
        Assert.Equal(rollout + gradient, ForwardUnits.OfEpoch(off, 1));
        var belm = Fixed with { Exemplars = new() { Method = ExemplarMethod.Belm } };
        Assert.Equal(rollout + gradient + 8 * 10 + 8 * 3 * (1 + 1 + 2), ForwardUnits.OfEpoch(belm, 1));
        Assert.Equal(8 * 3 * (1 + 2), ForwardUnits.OfEpoch(Fixed with { Objective = Objective.Sft }, 1));
    }

    [Fact]
    public void A_KL_term_costs_the_reference_a_forward_pass_for_each_trained_step() =>
        Assert.Equal(ForwardUnits.OfEpoch(Fixed, 1) + 8 * 7 * 3, ForwardUnits.OfEpoch(Fixed with { Optimizer = new() { KlWeight = 0.1 } }, 1));

    [Fact]
    public void A_later_window_is_cheaper_as_the_group_shares_what_lies_before_it()
    {
        var late = Fixed with { Sampler = Fixed.Sampler with { MaxWindowStart = 5 } };
        var epochs = Enumerable.Range(1, 40).Select(e => ForwardUnits.OfEpoch(late, e)).ToArray();
        // Each step of the prefix saves a slice of 2 groups 6 of 7 evaluations.
        Assert.All(epochs, e => Assert.Equal(0, (ForwardUnits.OfEpoch(Fixed, 1) - e) % (2 * 6)));
        Assert.All(epochs, e => Assert.InRange(e, ForwardUnits.OfEpoch(Fixed, 1) - 8 * 6 * 5, ForwardUnits.OfEpoch(Fixed, 1)));
        Assert.True(epochs.Distinct().Count() > 3);
    }

    [Theory]
    [InlineData(AdvantageMode.BaselineOnly, 1, 1)]
    [InlineData(AdvantageMode.Fixed, 0, 1)]
    [InlineData(AdvantageMode.Split, 1, 4)]
    [InlineData(AdvantageMode.Union, 0, 4)]
    public void Exemplars_without_a_gradient_cost_their_score_alone(AdvantageMode mode, double weight, int each)
    {
        var spec = Fixed with { Exemplars = Fixed.Exemplars with { Advantage = mode, Weight = weight } };
        var off = Fixed with { Exemplars = new() { Method = ExemplarMethod.Off, Advantage = AdvantageMode.Off } };
        Assert.Equal(8 * 3 * each, ForwardUnits.OfEpoch(spec, 1) - ForwardUnits.OfEpoch(off, 1));
    }

    [Fact]
    public void The_rewards_labels_are_paid_by_GRPO_and_not_by_SFT()
    {
        Assert.Equal(192 * 10 + 3 * ForwardUnits.OfEpoch(Fixed, 1), ForwardUnits.Of(Fixed, train: 192));
        Assert.Equal(256 * 10, ForwardUnits.Labels(Fixed, train: 1000));
        Assert.Equal(3 * 8 * 3 * 3, ForwardUnits.Of(Fixed with { Objective = Objective.Sft }, train: 192));
    }
}
