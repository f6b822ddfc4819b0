namespace PortraitGen.Domain.Curation;

/// <summary>What is measured on a decoded photo.</summary>
/// <param name="Width">Pixels, after the orientation was applied.</param>
/// <param name="Height">Pixels, after the orientation was applied.</param>
/// <param name="Sharpness">Variance of the Laplacian of luma (0..255) of the centre square at training size. Unitless; 0 is a flat picture.</param>
/// <param name="Brightness">Mean luma of that square, 0..255.</param>
public sealed record PhotoQuality(int Width, int Height, double Sharpness, double Brightness)
{
    /// <summary>The longer side over the shorter, at least 1.</summary>
    public double Aspect => (double)Math.Max(Width, Height) / Math.Min(Width, Height);
}
