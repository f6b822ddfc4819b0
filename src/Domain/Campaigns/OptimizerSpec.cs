using System.ComponentModel.DataAnnotations;

namespace PortraitGen.Domain.Campaigns;

/// <summary>The optimiser of the policy.</summary>
public sealed record OptimizerSpec
{
    [Range(1e-8, 1.0)] public double LearningRate { get; init; } = 1e-3;
    [Range(0.0, 1.0)] public double WeightDecay { get; init; } = 1e-4;

    /// <summary>Clip half-width on the per-dimension probability ratio, stated for 65,536 latent elements; scaled by sqrt(65536 / dim).</summary>
    [Range(1e-7, 10.0)] public double ClipRange { get; init; } = 2.5e-4;

    /// <summary>Which ratio of a step's likelihoods is clipped.</summary>
    public RatioKind Ratio { get; init; } = RatioKind.Gaussian;

    /// <summary>How much each trained step of the kernel counts.</summary>
    public StepWeight StepWeight { get; init; } = StepWeight.Even;

    /// <summary>What keeps the policy near the one that sampled.</summary>
    public TrustRegion TrustRegion { get; init; } = TrustRegion.Clip;

    /// <summary>Mask <c>dppo</c>: mean KL of a step, in nats per dimension, beyond which nothing pulls further away.</summary>
    [Range(1e-9, 1.0)] public double DivergenceLimit { get; init; } = 1e-5;

    /// <summary>beta: weight of the KL to the base policy, per dimension. 0 saves a forward pass.</summary>
    [Range(0.0, 100.0)] public double KlWeight { get; init; }

    /// <summary>Which distance to the base that is.</summary>
    public KlKind KlKind { get; init; } = KlKind.Kernel;

    /// <summary>Optimiser steps an epoch; the first is exactly on-policy.</summary>
    [Range(1, 64)] public int StepsPerEpoch { get; init; } = 2;

    [Range(0.0, 1e6)] public double MaxGradientNorm { get; init; } = 1;

    /// <summary>Decay, per epoch, of the averaged policy that is benchmarked and exported.</summary>
    [Range(0.0, 0.9999)] public double Ema { get; init; } = 0.8;

    /// <summary>The decay of epoch e is min(emaRamp e, ema); 0 is <c>ema</c> from the start.</summary>
    [Range(0.0, 1.0)] public double EmaRamp { get; init; }

    /// <summary>The average's decay in an epoch, counted from 1.</summary>
    public double EmaDecay(int epoch) => EmaRamp > 0 ? Math.Min(EmaRamp * epoch, Ema) : Ema;
}

public enum RatioKind
{
    /// <summary>Of the kernel's full Gaussian densities, mean over dimensions.</summary>
    Gaussian,

    /// <summary>GRPO-Guard's (arXiv 2510.22319): mean(z (mu - mu_old)), centred and of equal scale at all steps.</summary>
    RatioNorm,

    /// <summary>What Flow-CPS's published code calls the log-probability: 2 tau^2 times the Gaussian one.</summary>
    CpsCode,
}

public enum StepWeight
{
    /// <summary>All the same.</summary>
    Even,

    /// <summary>GRPO-Guard's reweighting (arXiv 2510.22319): divided by the step's length, in units of an even grid's. With its ratio the gradient is proportional to that length.</summary>
    InverseLength,
}

public enum TrustRegion
{
    /// <summary>PPO's clip of the ratio.</summary>
    Clip,

    /// <summary>Flow-DPPO (arXiv 2606.11025): no clip; steps too far from the old policy are masked while they move away.</summary>
    Dppo,
}

public enum KlKind
{
    /// <summary>The KL of the two kernels, with the step's true variance.</summary>
    Kernel,

    /// <summary>mean((v - v_base)^2), the same at all noise levels.</summary>
    Velocity,

    /// <summary>As Flow-GRPO's published code scales it: the kernel KL times the step's length. Its published betas belong to this.</summary>
    FlowGrpo,
}
