namespace PortraitGen.Gpu.Imaging;

/// <summary>Shrinks pictures. Plain C# in one order of additions: the same bytes on every machine.</summary>
/// <remarks>Separable Catmull-Rom cubic whose support widens with the reduction, so that every source pixel counts (antialias).
/// A box or triangle would take away the skin texture that training is about; Lanczos rings at outlines. At scale 1 it changes nothing.
/// Source: Keys, "Cubic convolution interpolation for digital image processing", 1981, a = -1/2.</remarks>
public static class Resample
{
    /// <summary>The largest centred square, <paramref name="size"/> pixels on a side.</summary>
    public static RgbImage Square(RgbImage image, int size)
    {
        int side = Math.Min(image.Width, image.Height);
        return Resize(image, (image.Width - side) / 2, (image.Height - side) / 2, side, side, size, size);
    }

    /// <summary>The whole picture, its longer side at most <paramref name="maxSide"/> pixels; itself when it is already.</summary>
    public static RgbImage Within(RgbImage image, int maxSide)
    {
        int longest = Math.Max(image.Width, image.Height);
        if (longest <= maxSide) return image;
        int width = Scaled(image.Width), height = Scaled(image.Height);
        return Resize(image, 0, 0, image.Width, image.Height, width, height);

        int Scaled(int side) => Math.Max(1, (int)(((long)side * maxSide + longest / 2) / longest));
    }

    private static RgbImage Resize(RgbImage image, int left, int top, int width, int height, int newWidth, int newHeight)
    {
        var columns = Taps.For(width, newWidth);
        var rows = Taps.For(height, newHeight);
        var narrow = new float[(long)height * newWidth * 3]; // every row, new width
        for (int y = 0, o = 0; y < height; y++)
        {
            int row = ((top + y) * image.Width + left) * 3;
            foreach (var (first, weights) in columns)
            {
                double r = 0, g = 0, b = 0;
                for (int k = 0, i = row + first * 3; k < weights.Length; k++, i += 3)
                {
                    r += weights[k] * image.Rgb[i];
                    g += weights[k] * image.Rgb[i + 1];
                    b += weights[k] * image.Rgb[i + 2];
                }
                narrow[o++] = (float)r;
                narrow[o++] = (float)g;
                narrow[o++] = (float)b;
            }
        }

        var rgb = new byte[(long)newWidth * newHeight * 3];
        for (int y = 0, stride = newWidth * 3; y < newHeight; y++)
        {
            var (first, weights) = rows[y];
            for (int c = 0; c < stride; c++)
            {
                double sum = 0;
                for (int k = 0; k < weights.Length; k++) sum += weights[k] * narrow[(first + k) * stride + c];
                rgb[y * stride + c] = (byte)Math.Clamp(Math.Floor(sum + 0.5), 0, 255);
            }
        }
        return new(newWidth, newHeight, rgb);
    }

    /// <summary>The source pixels that make one target pixel.</summary>
    /// <param name="First">Index of the first.</param>
    /// <param name="Weights">Their weights, summing to 1.</param>
    private readonly record struct Taps(int First, double[] Weights)
    {
        public static Taps[] For(int length, int newLength)
        {
            double scale = (double)length / newLength, widen = Math.Max(1, scale);
            var taps = new Taps[newLength];
            for (int i = 0; i < newLength; i++)
            {
                double centre = (i + 0.5) * scale - 0.5;
                int first = Math.Max(0, (int)Math.Ceiling(centre - 2 * widen)), last = Math.Min(length - 1, (int)Math.Floor(centre + 2 * widen));
                var weights = new double[last - first + 1];
                double total = 0;
                for (int k = 0; k < weights.Length; k++) total += weights[k] = CatmullRom((first + k - centre) / widen);
                for (int k = 0; k < weights.Length; k++) weights[k] /= total;
                taps[i] = new(first, weights);
            }
            return taps;
        }
    }

    private static double CatmullRom(double x)
    {
        x = Math.Abs(x);
        if (x < 1) return (1.5 * x - 2.5) * x * x + 1;
        return x < 2 ? ((-0.5 * x + 2.5) * x - 4) * x + 2 : 0;
    }
}
