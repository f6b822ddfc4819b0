namespace PortraitGen.Domain.Campaigns;

/// <summary>What a campaign's generated images teach. Exemplars, where there are any, pull beside each of these.</summary>
public enum Objective
{
    /// <summary>The clipped surrogate on the kernel's likelihood ratio (Flow-GRPO and its family).</summary>
    Grpo,

    /// <summary>Flow matching on the exemplars alone, without rollouts and rewards: the yardstick at equal compute.</summary>
    Sft,

    /// <summary>DiffusionNFT (arXiv 2509.16117): towards good images and away from bad ones on the forward process, no likelihood.</summary>
    Nft,

    /// <summary>Advantage-weighted matching (arXiv 2509.25050): the clipped surrogate on the ratio of flow-matching losses.</summary>
    Awm,
}
