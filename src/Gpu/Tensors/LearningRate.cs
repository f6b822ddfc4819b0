namespace PortraitGen.Gpu.Tensors;

/// <summary>Linear warm-up, then a cosine down to a twentieth of the peak.</summary>
public static class LearningRate
{
    /// <summary>The rate of update <paramref name="step"/>, counted from 0, of <paramref name="total"/>.</summary>
    public static double At(long step, long total, double peak, long warmup)
    {
        if (step < warmup) return peak * (step + 1) / warmup;
        double t = (double)(step - warmup) / Math.Max(1, total - warmup);
        return peak * (0.05 + 0.95 * (1 + Math.Cos(Math.PI * Math.Min(1, t))) / 2);
    }
}
