using PortraitGen.Gpu.Models.Vae;

namespace PortraitGen.Gpu.Models.Memory;

/// <summary>What an autoencoder holds at most while it decodes one latent without gradients, in numbers.</summary>
internal static class VaeMemory
{
    /// <remarks>
    /// A residual block frees at its end: its input, both normed and activated forms, both convolutions' outputs, the shortcut, the sum. A convolution on a CPU turns its input
    /// and its output into another order, hence one more of each while it runs. What each block gave is held until the image is there.
    /// </remarks>
    public static double Decoding(VaeConfig config, long[] latent)
    {
        double area = (double)latent[1] * latent[2], held = 0, peak = 0;
        int[] channels = [.. config.BlockOutChannels.Reverse()];
        int inputs = channels[0];
        Run(area * 2 * inputs, inputs); // from the latent to the widest level
        Residual(inputs);
        if (config.MidBlockAddAttention) Run(area * 9 * inputs, 8 * inputs); // normed, queries, keys, values, mix, projected, in order, sum
        Residual(inputs);
        for (int level = 0; level < channels.Length; level++)
        {
            for (int block = 0; block <= config.LayersPerBlock; block++) Residual(channels[level]);
            if (level == channels.Length - 1) break;
            area *= 4;
            Run(area * 4 * inputs, 2 * inputs); // enlarged, convolved
        }

        Run(area * (3 * inputs + 2 * config.OutChannels), 2 * inputs + config.OutChannels); // normed, activated, convolved
        return peak;

        void Residual(int outputs)
        {
            double first = 3 * inputs + 2 * outputs, second = 2 * inputs + (inputs == outputs ? 6 : 7) * outputs;
            Run(area * Math.Max(first, second), outputs);
            inputs = outputs;
        }

        void Run(double alive, double gives)
        {
            peak = Math.Max(peak, held + alive);
            held += area * gives;
        }
    }
}
