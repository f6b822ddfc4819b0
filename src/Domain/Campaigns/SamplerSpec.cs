using System.ComponentModel.DataAnnotations;
using PortraitGen.Domain.Maths;

namespace PortraitGen.Domain.Campaigns;

/// <summary>How rollouts are sampled.</summary>
public sealed record SamplerSpec
{
    /// <summary>The kernel within the window; the other steps are Euler.</summary>
    public KernelKind Kernel { get; init; } = KernelKind.Cps;

    /// <summary>a of Flow-SDE and CPS, eta of Dance-SDE. Unitless.</summary>
    [Range(0.01, 1.0)] public double Noise { get; init; } = 0.8;

    /// <summary>Steps from noise to image.</summary>
    [Range(2, 100)] public int Steps { get; init; } = 10;

    /// <summary>Where the grid's time shift comes from.</summary>
    public ScheduleKind Schedule { get; init; } = ScheduleKind.Shift;

    /// <summary>Time shift m of the grid: 1 is uniform.</summary>
    [Range(0.1, 20.0)] public double Shift { get; init; } = 1;

    /// <summary>Stochastic, trained steps.</summary>
    [Range(1, 100)] public int Window { get; init; } = 3;

    /// <summary>The window starts at a step from 0 … this.</summary>
    [Range(0, 99)] public int MaxWindowStart { get; init; } = 5;

    /// <summary>How the window's start is found.</summary>
    public WindowMode WindowMode { get; init; } = WindowMode.Random;

    /// <summary>Sliding window: it moves on by one step every so many epochs.</summary>
    [Range(1, 100000)] public int WindowEvery { get; init; } = 25;

    /// <summary>Whether a group's samples share their start noise, and with it the Euler steps before the window.</summary>
    public bool SharedStart { get; init; } = true;

    /// <summary>Classifier-free guidance g: v = v(negative) + g (v(prompt) - v(negative)). 1 is none, and saves half of the passes.</summary>
    [Range(1.0, 30.0)] public double Guidance { get; init; } = 1;

    /// <summary>What guidance leads away from.</summary>
    [StringLength(1000)] public string NegativePrompt { get; init; } = "";

    /// <summary>The type in which latents of trained steps are kept; they are rounded to it before their likelihood is taken.</summary>
    public LatentType Storage { get; init; } = LatentType.Fp32;

    /// <summary>The same schedule and guidance without noise, in another number of steps.</summary>
    public OdeSpec Ode(int steps) => new(steps, Schedule, Shift, Guidance, NegativePrompt);
}

/// <summary>Deterministic sampling: the part of <see cref="SamplerSpec"/> that benchmarks, previews and labels depend on.</summary>
public sealed record OdeSpec(int Steps, ScheduleKind Schedule, double Shift, double Guidance, string NegativePrompt);

public enum ScheduleKind
{
    /// <summary>Uniform times under the static shift of the specification.</summary>
    Shift,

    /// <summary>The base model's own scheduler_config.json: its static shift, or a shift that depends on the resolution.</summary>
    Model,
}

public enum WindowMode
{
    /// <summary>Drawn anew for each epoch and shard (Flow-GRPO-Fast).</summary>
    Random,

    /// <summary>From noisy to clean as epochs pass, then from the start again (MixGRPO).</summary>
    Sliding,
}

public enum LatentType { Fp32, Bf16, Fp16 }
