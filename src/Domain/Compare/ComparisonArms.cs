using PortraitGen.Domain.Campaigns;
using PortraitGen.Domain.Grpo;

namespace PortraitGen.Domain.Compare;

/// <summary>One way to train, at the compute of the others.</summary>
/// <param name="Key">Its stable name.</param>
/// <param name="Name">For people.</param>
public sealed record ComparisonArm(string Key, string Name, CampaignSpec Spec);

/// <summary>Four ways to train on the same portraits with equal compute. All settings are equal, but for what tells the ways apart.</summary>
public static class ComparisonArms
{
    public const string Base = "base", Sft = "sft", Plain = "grpo", Belm = "grpo-belm", Fresh = "grpo-fresh";

    /// <param name="fresh">GRPO with exemplars by fresh transitions; its compute is what every arm gets.</param>
    /// <param name="train">Training portraits of the dataset version.</param>
    /// <returns>In the order in which people read them. A number of epochs is whole, so GRPO arms may be half an epoch off.</returns>
    public static IReadOnlyList<ComparisonArm> Of(CampaignSpec fresh, int train)
    {
        long units = ForwardUnits.Of(fresh, train);
        var plain = fresh with { Exemplars = fresh.Exemplars with { Method = ExemplarMethod.Off, Advantage = AdvantageMode.Off } };
        var belm = fresh with { Exemplars = fresh.Exemplars with { Method = ExemplarMethod.Belm } };
        return
        [
            new(Sft, "SFT", SftOf(fresh, units)),
            new(Plain, "GRPO, no exemplars", WithEpochs(plain, train, units)),
            new(Belm, "GRPO, BELM exemplars", WithEpochs(belm, train, units)),
            new(Fresh, "GRPO, fresh exemplars", fresh),
        ];
    }

    /// <summary>The same exemplars, levels and learning rate. As many epochs, each with so many portraits that the compute is equal; four times the optimiser
    /// steps, as its batches would be needlessly large otherwise.</summary>
    private static CampaignSpec SftOf(CampaignSpec fresh, long units)
    {
        const int perShard = 8, stepsRatio = 4;
        long each = ForwardUnits.OfEpoch(fresh with { Objective = Objective.Sft, Group = fresh.Group with { PerEpoch = 1 } }, 1);
        int perEpoch = (int)Math.Max(1, Math.Round(units / (double)(each * fresh.Epochs)));
        int slices = (perEpoch + perShard - 1) / perShard;
        return fresh with
        {
            Objective = Objective.Sft,
            Group = fresh.Group with { PerEpoch = perEpoch },
            Optimizer = fresh.Optimizer with { StepsPerEpoch = Math.Min(slices, stepsRatio * fresh.Optimizer.StepsPerEpoch) },
            Profile = fresh.Profile with { GroupsPerShard = perShard },
        };
    }

    /// <summary>As many epochs as come nearest to the units, at least one.</summary>
    private static CampaignSpec WithEpochs(CampaignSpec spec, int train, long units)
    {
        long spent = ForwardUnits.Labels(spec, train);
        int epochs = 0;
        while (true)
        {
            long next = ForwardUnits.OfEpoch(spec, epochs + 1);
            if (epochs > 0 && spent + next - units > units - spent) return spec with { Epochs = epochs };
            (spent, epochs) = (spent + next, epochs + 1);
        }
    }
}
