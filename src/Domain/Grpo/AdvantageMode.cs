namespace PortraitGen.Domain.Grpo;

/// <summary>How exemplars take part in the advantages of their group.</summary>
public enum AdvantageMode
{
    /// <summary>A_real = weight, always. The mode that kept the policy from hacking its rewards in trials: the default.</summary>
    Fixed,

    /// <summary>A_real = weight * clip(z, 0, 5), z taken over the generated images; 0 once the policy out-scores the photo.</summary>
    Split,

    /// <summary>One z-score over generated images and exemplars together (PortraitGen's faithful mode).</summary>
    Union,

    /// <summary>Exemplars shift the group's mean and spread but get no gradient.</summary>
    BaselineOnly,

    /// <summary>No exemplar takes part.</summary>
    Off,
}
