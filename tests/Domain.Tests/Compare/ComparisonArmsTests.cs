using PortraitGen.Domain.Campaigns;
using PortraitGen.Domain.Compare;
using PortraitGen.Domain.Grpo;

namespace PortraitGen.Domain.Tests.Compare;

public sealed class ComparisonArmsTests
{
    [Theory]
    [InlineData(20, 192, 1), InlineData(20, 192, 3), InlineData(1, 12, 2), InlineData(7, 40, 5)]
    public void Every_arm_gets_the_compute_of_the_fresh_one(int epochs, int train, long seed)
    {
        var fresh = new CampaignSpec { Name = "a", Dataset = "d", Epochs = epochs, Seed = seed };
        long units = ForwardUnits.Of(fresh, train);
        var arms = ComparisonArms.Of(fresh, train);
        Assert.Equal([ComparisonArms.Sft, ComparisonArms.Plain, ComparisonArms.Belm, ComparisonArms.Fresh], arms.Select(a => a.Key));
        foreach (var arm in arms)
        {
            long off = Math.Abs(ForwardUnits.Of(arm.Spec, train) - units);
            // Half an epoch for whole epochs; SFT's epochs are cut to fit, to half a portrait each.
            double most = arm.Key == ComparisonArms.Sft ? epochs * 4.5 : 0.5 * ForwardUnits.OfEpoch(arm.Spec, arm.Spec.Epochs + 1) + 100;
            Assert.True(off <= most, $"{arm.Name}: {off} of {units} units off");
            Assert.Empty(SpecReader.Read(SpecWriter.ToNode(arm.Spec)).Errors);
        }
    }

    [Fact]
    public void Arms_differ_in_what_names_them_and_in_nothing_else()
    {
        var fresh = new CampaignSpec { Name = "a", Dataset = "d", Seed = 4 };
        var arms = ComparisonArms.Of(fresh, 192).ToDictionary(a => a.Key, a => a.Spec);
        Assert.Equal(fresh, arms[ComparisonArms.Fresh]);
        Assert.Equal(fresh with { Epochs = arms[ComparisonArms.Belm].Epochs, Exemplars = new() { Method = ExemplarMethod.Belm } }, arms[ComparisonArms.Belm]);
        Assert.Equal(fresh with { Epochs = arms[ComparisonArms.Plain].Epochs, Exemplars = new() { Method = ExemplarMethod.Off, Advantage = AdvantageMode.Off } }, arms[ComparisonArms.Plain]);
        var sft = arms[ComparisonArms.Sft];
        Assert.Equal(fresh with { Objective = Objective.Sft, Group = sft.Group, Optimizer = sft.Optimizer, Profile = sft.Profile }, sft);
        Assert.Equal(fresh.Optimizer, sft.Optimizer with { StepsPerEpoch = fresh.Optimizer.StepsPerEpoch });
        // Dearer epochs, fewer of them.
        Assert.True(arms[ComparisonArms.Plain].Epochs > fresh.Epochs && arms[ComparisonArms.Belm].Epochs < fresh.Epochs);
    }
}
