namespace PortraitGen.Gpu.Imaging.Drawn;

/// <summary>How a drawn person is rendered. Identity, pose, light and caption are those of the seed in both.</summary>
public enum Look
{
    /// <summary>As a camera sees: skin texture, natural asymmetry, defocus, fall-off and sensor noise.</summary>
    Captured,

    /// <summary>As a generator paints: over-smooth, oily, mirrored, over-saturated, glowing.</summary>
    Ai,
}
