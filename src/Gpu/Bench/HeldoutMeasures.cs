using System.Text.Json.Nodes;
using PortraitGen.Domain.Bench;
using static TorchSharp.torch;

namespace PortraitGen.Gpu.Bench;

/// <summary>How far a set of images is from held-out real portraits, by measures that no reward saw. 0 is equal; smaller is better.</summary>
public static class HeldoutMeasures
{
    /// <param name="generated">uint8 [N, 3, H, W].</param>
    /// <param name="real">uint8 [M, 3, H, W].</param>
    public static JsonObject Of(Tensor generated, Tensor real)
    {
        using var features = new RandomFeatures();
        var (spectrum, target) = (TextureStatistics.Spectrum(generated), TextureStatistics.Spectrum(real));
        var gaps = spectrum.Zip(target, (a, b) => a - b).ToArray();
        return new()
        {
            ["featureDistance"] = FrechetDistance.Of(features.Of(generated), features.Of(real)),
            ["spectrumGap"] = gaps.Average(Math.Abs),
            // Signed: below 0 is smoother than real, above 0 is noisier, or a grid.
            ["highBandGap"] = TextureStatistics.HighBand(gaps),
            ["textureGap"] = Math.Abs(Math.Log(Contrast(generated) / Contrast(real))),
            ["specularGap"] = Math.Abs(TextureStatistics.SpecularShare(generated) - TextureStatistics.SpecularShare(real)),
            ["saturationGap"] = Math.Abs(TextureStatistics.Saturation(generated) - TextureStatistics.Saturation(real)),
        };
    }

    /// <summary>Not below what rounding to 8 bits alone leaves: flat pictures are far off, not infinitely far.</summary>
    private static double Contrast(Tensor images) => Math.Max(TextureStatistics.LocalContrast(images), 1.0 / 255 / Math.Sqrt(12));
}
