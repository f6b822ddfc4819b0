using PortraitGen.Domain.Compare;

namespace PortraitGen.Api.Demo;

/// <summary>The measures of a benchmark that people are shown.</summary>
internal static class DemoMeasures
{
    public static IReadOnlyList<JudgedMeasure> All { get; } =
    [
        new("heldout/roundTrip/featureDistance", "feature distance", false),
        new("heldout/roundTrip/spectrumGap", "spectrum gap", false),
        new("heldout/roundTrip/textureGap", "texture gap", false),
        new("heldout/roundTrip/specularGap", "specular (oily shine) gap", false),
        new("heldout/roundTrip/saturationGap", "saturation gap", false),
        new("heldout/raw/featureDistance", "feature distance, raw references", false),
        new("heldout/raw/spectrumGap", "spectrum gap, raw references", false),
        new("benchmark/ai-portrait", "AI-Portrait", true),
        new("benchmark/omni", "Omni", true),
    ];
}
