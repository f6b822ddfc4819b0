using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;
using PortraitGen.Domain.Grpo;

namespace PortraitGen.Domain.Campaigns;

/// <summary>Real portraits in the group.</summary>
public sealed record ExemplarSpec
{
    public ExemplarMethod Method { get; init; } = ExemplarMethod.Fresh;

    public AdvantageMode Advantage { get; init; } = AdvantageMode.Fixed;

    /// <summary>lambda: the advantage of an exemplar in mode <c>fixed</c>, its factor in <c>split</c>.</summary>
    [Range(0.0, 100.0)] public double Weight { get; init; } = 1;

    /// <summary>The weight moves in a straight line from <c>weight</c> to this.</summary>
    [Range(0.0, 100.0)] public double AnnealTo { get; init; }

    /// <summary>Epochs of that line; 0 leaves the weight as it is.</summary>
    [Range(0, 100000)] public int AnnealEpochs { get; init; }

    /// <summary>The exemplar gradient's norm is scaled down to this share of the on-policy one's; 0 is no limit.</summary>
    [Range(0.0, 100.0)] public double MaxGradientShare { get; init; }

    /// <summary>Fresh transitions: noise levels drawn for each exemplar.</summary>
    [Range(1, 64)] public int Levels { get; init; } = 3;

    /// <summary>Fresh transitions: lowest noise level.</summary>
    [Range(0.01, 0.99)] public double MinSigma { get; init; } = 0.05;

    /// <summary>Fresh transitions: highest noise level.</summary>
    [Range(0.01, 1.0)] public double MaxSigma { get; init; } = 0.8;

    /// <summary>Clip half-width on the exemplars' own ratio, stated for 65,536 latent elements; scaled by sqrt(65536 / dim).</summary>
    [Range(1e-6, 10.0)] public double ClipRange { get; init; } = 0.02;

    /// <summary>Inversions: steps of the window whose kernel has less noise teach nothing, for an inversion's error enters divided by it.</summary>
    [Range(0.0, 1.0)] public double MinStd { get; init; } = 0.05;

    /// <summary>Under which model portraits are inverted.</summary>
    public Inverter Inverter { get; init; } = Inverter.Policy;

    /// <summary>Whether portraits are inverted: one of the methods that turn a latent into a path.</summary>
    [JsonIgnore] public bool Inverts => Method is ExemplarMethod.Belm or ExemplarMethod.Euler or ExemplarMethod.FixedPoint or ExemplarMethod.Fireflow;

    /// <summary>Whether exemplars are scored by the sampling kernel on the window's steps.</summary>
    [JsonIgnore] public bool OnKernel => Inverts || Method is ExemplarMethod.Bridge;
}

public enum ExemplarMethod
{
    /// <summary>Fresh transitions of the kernel around the real latent, noise averaged out.</summary>
    Fresh,

    /// <summary>The kernel run along the window with the velocity that leads to the real latent.</summary>
    Bridge,

    /// <summary>BELM inversion: exact on its own grid.</summary>
    Belm,

    /// <summary>Euler inversion (DDIM inversion for flows): cheap, inexact.</summary>
    Euler,

    /// <summary>The inverse of Euler sampling by fixed-point iteration.</summary>
    FixedPoint,

    /// <summary>FireFlow (arXiv 2412.07517): second order for one evaluation a step.</summary>
    Fireflow,

    /// <summary>None.</summary>
    Off,
}

public enum Inverter
{
    /// <summary>The policy that samples the epoch: every epoch inverts anew.</summary>
    Policy,

    /// <summary>The frozen base: a portrait is inverted once, for every epoch and every later campaign.</summary>
    Base,
}
