using PortraitGen.Gpu.Tensors;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn.functional;

namespace PortraitGen.Gpu.Bench;

/// <summary>What the eye calls texture and shine, as numbers of a set of images.</summary>
public static class TextureStatistics
{
    /// <summary>Mean log power at each ring of spatial frequency, natural log, [H/2]. Set against another set's it shows smoothing and grids.</summary>
    public static double[] Spectrum(Tensor images)
    {
        using var off = no_grad();
        using var scope = NewDisposeScope();
        var luma = Pixels.ToFloat(images).mean([1]);                                                    // [N,H,W]
        long side = luma.shape[1];
        var window = hann_window(side).unsqueeze(0) * hann_window(side).unsqueeze(1);                   // [H,W]
        var power = fft.fft2((luma - luma.mean([1, 2], keepdim: true)) * window).abs().square() + 1e-8; // [N,H,W]
        var mean = power.mean([0]).to(ScalarType.Float64).data<double>().ToArray();                     // H*W
        int half = (int)side / 2;
        var (sum, count) = (new double[half], new int[half]);
        for (int y = 0; y < side; y++)
            for (int x = 0; x < side; x++)
            {
                double fy = y <= half ? y : side - y, fx = x <= half ? x : side - x;
                int ring = (int)Math.Round(Math.Sqrt(fy * fy + fx * fx)) - 1;
                if (ring < 0 || ring >= half) continue;
                sum[ring] += mean[y * side + x];
                count[ring]++;
            }
        return [.. sum.Select((s, i) => Math.Log(s / count[i]))];
    }

    /// <summary>Mean log power of a spectrum's upper 3/8: where noise and grids live, and what smoothing takes away.</summary>
    public static double HighBand(double[] spectrum) => spectrum[(spectrum.Length * 5 / 8)..].Average();

    /// <summary>Mean local standard deviation (5x5) of luma, in [0, 1] units, over smooth areas: skin texture and sensor noise.</summary>
    public static double LocalContrast(Tensor images)
    {
        using var off = no_grad();
        using var scope = NewDisposeScope();
        var luma = Pixels.ToFloat(images).mean([1], keepdim: true) / 2;                           // [N,1,H,W]
        var mean = avg_pool2d(luma, 5, 1);
        var std = (avg_pool2d(luma.square(), 5, 1) - mean.square()).clamp_min(0).sqrt().flatten(1); // [N,·]
        // The calmer half of each picture: edges would drown texture.
        return std.sort(1).Values.narrow(1, 0, std.shape[1] / 2).mean().item<float>();
    }

    /// <summary>Share of pixels that are bright and colourless: specular shine.</summary>
    public static double SpecularShare(Tensor images)
    {
        using var off = no_grad();
        using var scope = NewDisposeScope();
        var x = images.to(ScalarType.Float32) / 255;                        // [N,3,H,W]
        var (max, min) = (x.amax([1]), x.amin([1]));                        // [N,H,W]
        var saturation = (max - min) / max.clamp_min(1e-3);
        return max.gt(0.9).logical_and(saturation.lt(0.2)).to(float32).mean().item<float>();
    }

    /// <summary>Mean HSV saturation.</summary>
    public static double Saturation(Tensor images)
    {
        using var off = no_grad();
        using var scope = NewDisposeScope();
        var x = images.to(ScalarType.Float32) / 255;
        var (max, min) = (x.amax([1]), x.amin([1]));
        return ((max - min) / max.clamp_min(1e-3)).mean().item<float>();
    }
}
