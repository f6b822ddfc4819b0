using System.Numerics;

namespace PortraitGen.Gpu.Imaging.Drawn;

/// <summary>Filters on linear images: down-sampling, defocus, fall-off and bloom.</summary>
internal static class Lens
{
    /// <summary>Averages blocks of <paramref name="over"/> samples with a tent two output pixels wide.</summary>
    public static Vector3[] Shrink(Vector3[] fine, int size, int over)
    {
        var wide = size * over;
        var reach = over * 2;
        var tent = new float[reach];
        for (var i = 0; i < reach; i++) tent[i] = 1 - MathF.Pow(MathF.Abs((i + 0.5f - over) / over), 0.8f);
        var rows = new Vector3[size * wide];
        for (var y = 0; y < wide; y++)
            for (var x = 0; x < size; x++)
                rows[y * size + x] = Tap(i => fine[y * wide + i], x);
        var small = new Vector3[size * size];
        for (var y = 0; y < size; y++)
            for (var x = 0; x < size; x++)
                small[y * size + x] = Tap(i => rows[i * size + x], y);
        return small;

        Vector3 Tap(Func<int, Vector3> at, int centre)
        {
            var sum = Vector3.Zero;
            var weight = 0f;
            for (var i = 0; i < reach; i++)
            {
                var from = Math.Clamp(centre * over - over / 2 + i, 0, wide - 1);
                sum += at(from) * tent[i];
                weight += tent[i];
            }

            return sum / weight;
        }
    }

    /// <summary>A separable Gaussian of the given standard deviation in pixels, edges held.</summary>
    public static Vector3[] Blur(Vector3[] image, int size, float sigma)
    {
        var reach = Math.Max(1, (int)MathF.Ceiling(sigma * 2.5f));
        var kernel = new float[2 * reach + 1];
        var total = 0f;
        for (var i = -reach; i <= reach; i++) total += kernel[i + reach] = MathF.Exp(-i * i / (2 * sigma * sigma));
        var half = new Vector3[image.Length];
        var full = new Vector3[image.Length];
        for (var y = 0; y < size; y++)
            for (var x = 0; x < size; x++)
                for (var i = -reach; i <= reach; i++)
                    half[y * size + x] += image[y * size + Math.Clamp(x + i, 0, size - 1)] * (kernel[i + reach] / total);
        for (var y = 0; y < size; y++)
            for (var x = 0; x < size; x++)
                for (var i = -reach; i <= reach; i++)
                    full[y * size + x] += half[Math.Clamp(y + i, 0, size - 1) * size + x] * (kernel[i + reach] / total);
        return full;
    }

    /// <summary>Darkens towards the corners by up to <paramref name="loss"/>.</summary>
    public static void FallOff(Vector3[] image, int size, float loss)
    {
        for (var y = 0; y < size; y++)
            for (var x = 0; x < size; x++)
            {
                float u = (x + 0.5f) / size * 2 - 1, v = (y + 0.5f) / size * 2 - 1;
                image[y * size + x] *= 1 - loss * (u * u + v * v) * 0.5f;
            }
    }
}
