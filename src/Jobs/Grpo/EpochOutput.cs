using System.Text.Json.Serialization;
using PortraitGen.Domain.Artifacts;
using PortraitGen.Domain.Campaigns;
using PortraitGen.Domain.Rewards;

namespace PortraitGen.Jobs.Grpo;

/// <summary>What a GRPO epoch leaves for the next.</summary>
/// <param name="Manifest">The checkpoint manifest of its last policy version.</param>
/// <param name="Policy">The object with that version's adapter.</param>
/// <param name="Adapter">Its averaged adapter, as PEFT and diffusers read it.</param>
/// <param name="Rewards">The rewards in force, perhaps refreshed.</param>
/// <param name="Rollouts">Its rollouts: the next refresh looks back at them.</param>
/// <param name="Refreshes">Refreshes so far.</param>
/// <param name="Forwards">Transformer evaluations so far, in images; a backward pass counts as two.</param>
/// <param name="History">Recent heights of curves that are watched for spikes.</param>
/// <param name="Works">Works that no manifest names yet: the last update and what came after it. The next epoch's first update names them.</param>
/// <param name="AverageObject">The object with that version's average; that of <paramref name="Policy"/> in outputs of engine 4 and before.</param>
public sealed record EpochOutput(
    ContentHash Manifest, ContentHash Policy, ContentHash Adapter, IReadOnlyList<RewardRef> Rewards, IReadOnlyList<ContentHash> Rollouts, int Refreshes, long Forwards,
    IReadOnlyList<WorkRef>? Works = null, CurveHistory? History = null, ContentHash? AverageObject = null)
{
    /// <summary>The object with that version's averaged adapter.</summary>
    [JsonIgnore]
    public ContentHash Average => AverageObject ?? Policy;
}

/// <summary>The last heights of curves, absolute, newest last: what a spike is measured by.</summary>
public sealed record CurveHistory(IReadOnlyList<double> GradientNorm, IReadOnlyList<double> Loss);
