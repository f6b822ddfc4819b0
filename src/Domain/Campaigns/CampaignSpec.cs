using System.ComponentModel.DataAnnotations;
using PortraitGen.Domain.Grpo;
using PortraitGen.Domain.Maths;

namespace PortraitGen.Domain.Campaigns;

/// <summary>What a team submits: one training campaign. Every default is the tiny CPU model's.</summary>
public sealed record CampaignSpec
{
    /// <summary>For people.</summary>
    [Required, StringLength(100, MinimumLength = 1)] public string Name { get; init; } = "";

    /// <summary>The base model: the name of a model folder, or the hash of one already stored.</summary>
    [Required, StringLength(200, MinimumLength = 1)] public string Base { get; init; } = "portrait-tiny";

    /// <summary>The dataset version whose portraits are the exemplars: its name or its hash.</summary>
    [Required, StringLength(200, MinimumLength = 1)] public string Dataset { get; init; } = "";

    /// <summary>Names every random draw of the campaign.</summary>
    [Range(0, 9007199254740991)] public long Seed { get; init; } = 1;

    /// <summary>GRPO epochs.</summary>
    [Range(1, 100000)] public int Epochs { get; init; } = 24;

    /// <summary>The objective: <c>grpo</c>, or <c>sft</c> (flow matching on the exemplars alone, the yardstick at equal compute).</summary>
    public Objective Objective { get; init; } = Objective.Grpo;

    public SamplerSpec Sampler { get; init; } = new();
    public GroupSpec Group { get; init; } = new();
    public ExemplarSpec Exemplars { get; init; } = new();
    public RewardSpec Rewards { get; init; } = new();
    public OptimizerSpec Optimizer { get; init; } = new();
    public LoraSpec Lora { get; init; } = new();
    public BenchmarkSpec Benchmark { get; init; } = new();
    public ExecutionProfile Profile { get; init; } = new();
}

public enum Objective { Grpo, Sft }

/// <summary>How rollouts are sampled.</summary>
public sealed record SamplerSpec
{
    /// <summary>The kernel within the window; the other steps are Euler.</summary>
    public KernelKind Kernel { get; init; } = KernelKind.Cps;

    /// <summary>a of Flow-SDE and CPS, eta of Dance-SDE. Unitless.</summary>
    [Range(0.01, 1.0)] public double Noise { get; init; } = 0.8;

    /// <summary>Steps from noise to image.</summary>
    [Range(2, 100)] public int Steps { get; init; } = 10;

    /// <summary>Time shift m of the grid: 1 is uniform.</summary>
    [Range(0.1, 20.0)] public double Shift { get; init; } = 1;

    /// <summary>Stochastic, trained steps.</summary>
    [Range(1, 100)] public int Window { get; init; } = 3;

    /// <summary>The window starts at a step drawn from 0 … this.</summary>
    [Range(0, 99)] public int MaxWindowStart { get; init; } = 5;
}

/// <summary>The groups of an epoch.</summary>
public sealed record GroupSpec
{
    /// <summary>Generated images of a prompt. The advantage is undefined for one.</summary>
    [Range(2, 256)] public int Size { get; init; } = 7;

    /// <summary>Prompts, hence groups, an epoch.</summary>
    [Range(1, 4096)] public int PerEpoch { get; init; } = 8;
}

/// <summary>Real portraits in the group.</summary>
public sealed record ExemplarSpec
{
    public ExemplarMethod Method { get; init; } = ExemplarMethod.Fresh;

    public AdvantageMode Advantage { get; init; } = AdvantageMode.Fixed;

    /// <summary>lambda: the advantage of an exemplar in mode <c>fixed</c>, its factor in <c>split</c>.</summary>
    [Range(0.0, 100.0)] public double Weight { get; init; } = 1;

    /// <summary>Fresh transitions: noise levels drawn for each exemplar.</summary>
    [Range(1, 64)] public int Levels { get; init; } = 3;

    /// <summary>Fresh transitions: lowest noise level.</summary>
    [Range(0.01, 0.99)] public double MinSigma { get; init; } = 0.05;

    /// <summary>Fresh transitions: highest noise level.</summary>
    [Range(0.01, 1.0)] public double MaxSigma { get; init; } = 0.8;

    /// <summary>Clip half-width on the exemplars' own ratio, stated for 65,536 latent elements; scaled by sqrt(65536 / dim).</summary>
    [Range(1e-6, 10.0)] public double ClipRange { get; init; } = 0.02;
}

public enum ExemplarMethod
{
    /// <summary>Fresh transitions of the kernel around the real latent, noise averaged out.</summary>
    Fresh,

    /// <summary>BELM inversion under the policy of the epoch.</summary>
    Belm,

    /// <summary>None.</summary>
    Off,
}

/// <summary>The two rewards.</summary>
public sealed record RewardSpec
{
    /// <summary>Weight of the general-quality reward.</summary>
    [Range(0.0, 100.0)] public double Omni { get; init; } = 1;

    /// <summary>Weight of the realism reward.</summary>
    [Range(0.0, 100.0)] public double AiPortrait { get; init; } = 1;

    /// <summary>Whether each reward is cut at its mean over real portraits.</summary>
    public bool Cap { get; init; } = true;

    /// <summary>Updates with which each reward is trained before the first epoch.</summary>
    [Range(1, 100000)] public int TrainingSteps { get; init; } = 300;

    /// <summary>Updates of one link of that chain.</summary>
    [Range(1, 10000)] public int StepsPerShard { get; init; } = 100;

    /// <summary>The realism reward is refreshed every so many epochs; 0 is never.</summary>
    [Range(0, 1000)] public int RefreshEvery { get; init; } = 2;

    /// <summary>Updates of one refresh.</summary>
    [Range(1, 1000)] public int RefreshSteps { get; init; } = 8;
}

/// <summary>The optimiser of the policy.</summary>
public sealed record OptimizerSpec
{
    [Range(1e-8, 1.0)] public double LearningRate { get; init; } = 1e-3;
    [Range(0.0, 1.0)] public double WeightDecay { get; init; } = 1e-4;

    /// <summary>Clip half-width on the per-dimension probability ratio, stated for 65,536 latent elements; scaled by sqrt(65536 / dim).</summary>
    [Range(1e-7, 10.0)] public double ClipRange { get; init; } = 2.5e-4;

    /// <summary>beta: weight of the KL to the base policy, per dimension, with the kernel's true variance. 0 saves a forward pass.</summary>
    [Range(0.0, 100.0)] public double KlWeight { get; init; }

    /// <summary>Optimiser steps an epoch; the first is exactly on-policy.</summary>
    [Range(1, 64)] public int StepsPerEpoch { get; init; } = 2;

    [Range(0.0, 1e6)] public double MaxGradientNorm { get; init; } = 1;

    /// <summary>Decay, per epoch, of the averaged policy that is benchmarked and exported.</summary>
    [Range(0.0, 0.9999)] public double Ema { get; init; } = 0.8;
}

/// <summary>The adapter that is trained.</summary>
public sealed record LoraSpec
{
    [Range(1, 1024)] public int Rank { get; init; } = 16;
    [Range(0.01, 4096.0)] public double Alpha { get; init; } = 32;

    /// <summary>Whether feed-forward layers are adapted beside attention.</summary>
    public bool FeedForward { get; init; } = true;
}

/// <summary>What is measured before and after, on fresh seeds.</summary>
public sealed record BenchmarkSpec
{
    /// <summary>Images of a benchmark.</summary>
    [Range(2, 100000)] public int Images { get; init; } = 128;

    /// <summary>Euler steps of a benchmark image.</summary>
    [Range(2, 200)] public int Steps { get; init; } = 20;

    /// <summary>Preview images after each epoch, for the same prompts and seeds.</summary>
    [Range(0, 64)] public int Previews { get; init; } = 4;
}

/// <summary>What must be equal for results to be equal bit for bit. A worker sets it, or refuses the shard.</summary>
public sealed record ExecutionProfile
{
    /// <summary>Torch threads.</summary>
    [Range(1, 256)] public int Threads { get; init; } = 1;

    /// <summary>Groups of one rollout shard, of one gradient shard, and of their batches.</summary>
    [Range(1, 64)] public int GroupsPerShard { get; init; } = 2;

    /// <summary>Images of a shard that samples, scores or inverts without gradients.</summary>
    [Range(1, 1024)] public int ImagesPerShard { get; init; } = 32;

    public DeviceKind Device { get; init; } = DeviceKind.Cpu;

    /// <summary>CPU instruction set, e.g. <c>avx512</c>; empty: the one of the machine that takes the submission.</summary>
    [StringLength(20)] public string InstructionSet { get; init; } = "";

    /// <summary>libtorch's version; empty: the one of this build.</summary>
    [StringLength(20)] public string Libtorch { get; init; } = "";
}

public enum DeviceKind { Cpu, Cuda }
