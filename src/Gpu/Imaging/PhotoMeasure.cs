using PortraitGen.Domain.Curation;

namespace PortraitGen.Gpu.Imaging;

/// <summary>Measures what curation rules judge.</summary>
public static class PhotoMeasure
{
    /// <summary>Measures a photo.</summary>
    /// <param name="whole">The photo; its size is reported.</param>
    /// <param name="square">Its square at training size, on which sharpness and brightness are taken.</param>
    public static PhotoQuality Of(RgbImage whole, RgbImage square)
    {
        var luma = Luma(square);
        return new(whole.Width, whole.Height, LaplacianVariance(luma, square.Width, square.Height), luma.Average());
    }

    /// <summary>Variance of the Laplacian of luma.</summary>
    /// <remarks>Kernel 0 1 0 / 1 -4 1 / 0 1 0 on inner pixels. Source: Pech-Pacheco et al., "Diatom autofocusing in brightfield microscopy", ICPR 2000.</remarks>
    public static double Sharpness(RgbImage image) => LaplacianVariance(Luma(image), image.Width, image.Height);

    private static double LaplacianVariance(double[] luma, int width, int height)
    {
        double sum = 0, sumSq = 0;
        long count = (long)Math.Max(0, width - 2) * Math.Max(0, height - 2);
        if (count == 0) return 0;
        for (int y = 1; y < height - 1; y++)
            for (int x = 1, i = y * width + 1; x < width - 1; x++, i++)
            {
                double laplacian = luma[i - 1] + luma[i + 1] + luma[i - width] + luma[i + width] - 4 * luma[i];
                sum += laplacian;
                sumSq += laplacian * laplacian;
            }
        double mean = sum / count;
        return Math.Max(0, sumSq / count - mean * mean);
    }

    /// <summary>Rec. 601 luma, 0..255, on gamma-encoded values.</summary>
    private static double[] Luma(RgbImage image)
    {
        var luma = new double[image.Width * image.Height];
        for (int i = 0, c = 0; i < luma.Length; i++, c += 3)
            luma[i] = 0.299 * image.Rgb[c] + 0.587 * image.Rgb[c + 1] + 0.114 * image.Rgb[c + 2];
        return luma;
    }
}
