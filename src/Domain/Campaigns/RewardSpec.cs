using System.ComponentModel.DataAnnotations;

namespace PortraitGen.Domain.Campaigns;

/// <summary>The two rewards.</summary>
public sealed record RewardSpec
{
    /// <summary>Weight of the general-quality reward.</summary>
    [Range(0.0, 100.0)] public double Omni { get; init; } = 1;

    /// <summary>Weight of the realism reward.</summary>
    [Range(0.0, 100.0)] public double AiPortrait { get; init; } = 1;

    /// <summary>Whether each reward is cut at its mean over real portraits.</summary>
    public bool Cap { get; init; } = true;

    /// <summary>How several rewards become one advantage.</summary>
    public RewardCombination Combine { get; init; } = RewardCombination.Gdpo;

    /// <summary>Whether each score is replaced by the share of its group that it beats (Pref-GRPO): immune to tiny gaps blown up by the spread.</summary>
    public bool WinRate { get; init; }

    /// <summary>Whose spread scores are divided by: their group's, or that of the whole epoch.</summary>
    public SpreadScope Std { get; init; } = SpreadScope.Group;

    /// <summary>The least spread by which scores are divided, in units of the reward.</summary>
    [Range(0.0, 100.0)] public double StdFloor { get; init; }

    /// <summary>Updates with which each reward is trained before the first epoch.</summary>
    [Range(1, 100000)] public int TrainingSteps { get; init; } = 300;

    /// <summary>Updates of one link of that chain.</summary>
    [Range(1, 10000)] public int StepsPerShard { get; init; } = 100;

    /// <summary>The realism reward is refreshed every so many epochs; 0 is never.</summary>
    [Range(0, 1000)] public int RefreshEvery { get; init; } = 2;

    /// <summary>Updates of one refresh.</summary>
    [Range(1, 1000)] public int RefreshSteps { get; init; } = 8;
}

public enum RewardCombination
{
    /// <summary>Each reward normalised in its group, weighted, summed, the sum normalised over the epoch.</summary>
    Gdpo,

    /// <summary>Weighted scores summed, then normalised in the group (Flow-GRPO): the reward with the widest scale rules.</summary>
    Sum,
}

public enum SpreadScope { Group, Global }
