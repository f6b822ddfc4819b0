using System.ComponentModel.DataAnnotations;

namespace PortraitGen.Domain.Campaigns;

/// <summary>Objectives <c>nft</c> and <c>awm</c>: the noise levels to which generated latents are noised again.</summary>
public sealed record MatchingSpec
{
    /// <summary>Levels drawn for each image.</summary>
    [Range(1, 64)] public int Levels { get; init; } = 3;

    [Range(0.01, 0.99)] public double MinSigma { get; init; } = 0.02;
    [Range(0.01, 1.0)] public double MaxSigma { get; init; } = 1;

    /// <summary><c>awm</c>: what stands for the log-probability of an image at a level.</summary>
    public Likelihood Likelihood { get; init; } = Likelihood.MeanSquare;

    /// <summary><c>awm</c> with <c>ghuber</c>: its exponent p.</summary>
    [Range(0.01, 1.0)] public double Power { get; init; } = 0.25;

    /// <summary><c>nft</c>: beta, how far the implicit good and bad policies lie from the old one.</summary>
    [Range(0.01, 10.0)] public double Beta { get; init; } = 1;
}

/// <summary>Of l = mean((eps - x0 - v)^2) at noise level s.</summary>
public enum Likelihood
{
    /// <summary>-l / 2: that of a Gaussian of unit variance.</summary>
    MeanSquare,

    /// <summary>-(s / p) l^p, as AWM's published code trains (arXiv 2509.25050): large losses count for less, and levels near the image too.</summary>
    Ghuber,
}
