using System.ComponentModel.DataAnnotations;

namespace PortraitGen.Domain.Campaigns;

/// <summary>What must be equal for results to be equal bit for bit. A worker sets it, or refuses the shard.</summary>
public sealed record ExecutionProfile
{
    /// <summary>Torch threads.</summary>
    [Range(1, 256)] public int Threads { get; init; } = 1;

    /// <summary>Groups of one rollout shard, of one gradient shard, and of their batches.</summary>
    [Range(1, 64)] public int GroupsPerShard { get; init; } = 2;

    /// <summary>Images of a shard that samples, scores or inverts without gradients.</summary>
    [Range(1, 1024)] public int ImagesPerShard { get; init; } = 32;

    /// <summary>Gradients: blocks of the transformer are run once more in the backward pass instead of being held. The same gradients, bit for bit, in less memory and more time.</summary>
    public bool Recompute { get; init; }

    /// <summary>Side of the tiles in which images are decoded and encoded, in latent positions; 0 is whole.</summary>
    [Range(0, 1024)] public int VaeTile { get; init; }

    /// <summary>The type in which transformer and text encoders are held. Adapter, optimiser and autoencoder keep theirs.</summary>
    public WeightType Weights { get; init; } = WeightType.Stored;

    /// <summary>Prompts are embedded once, each by itself, by shards that load the text encoders and nothing else; all others read what those stored and load no text encoder.</summary>
    public bool OffloadText { get; init; }

    public DeviceKind Device { get; init; } = DeviceKind.Cpu;

    /// <summary>CPU instruction set, e.g. <c>avx512</c>; empty: the one of the machine that takes the submission.</summary>
    [StringLength(20)] public string InstructionSet { get; init; } = "";

    /// <summary>libtorch's version; empty: the one of this build.</summary>
    [StringLength(20)] public string Libtorch { get; init; } = "";
}

public enum WeightType
{
    /// <summary>As the model's files have them.</summary>
    Stored,

    /// <summary>Rounded to bf16 while they are read.</summary>
    Bf16,
}

public enum DeviceKind { Cpu, Cuda }
