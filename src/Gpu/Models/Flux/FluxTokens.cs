using TorchSharp;
using static TorchSharp.torch;

namespace PortraitGen.Gpu.Models.Flux;

/// <summary>Latents as the tokens that FLUX reads: 2x2 positions make one.</summary>
internal static class FluxTokens
{
    /// <summary>[B, C, H, W] to [B, H/2*W/2, 4C].</summary>
    /// <exception cref="ArgumentException">A side is odd.</exception>
    public static Tensor Pack(Tensor latents)
    {
        long batch = latents.shape[0], channels = latents.shape[1], height = latents.shape[2], width = latents.shape[3];
        if (height % 2 != 0 || width % 2 != 0) throw new ArgumentException($"A latent of {height}x{width} does not fit: both sides must be even.");
        return latents.view(batch, channels, height / 2, 2, width / 2, 2)
            .permute(0, 2, 4, 1, 3, 5)                              // [B, rows, columns, C, 2, 2]
            .reshape(batch, height / 2 * (width / 2), channels * 4);
    }

    /// <summary>[B, H/2*W/2, 4C] to [B, C, H, W].</summary>
    public static Tensor Unpack(Tensor tokens, long height, long width)
    {
        long batch = tokens.shape[0], channels = tokens.shape[2] / 4;
        return tokens.view(batch, height / 2, width / 2, channels, 2, 2)
            .permute(0, 3, 1, 4, 2, 5)                              // [B, C, rows, 2, columns, 2]
            .reshape(batch, channels, height, width);
    }

    /// <summary>Positions of the text tokens, all zero, then of the image tokens, (0, row, column): [L + T, 3].</summary>
    public static Tensor Positions(long words, long rows, long columns, Device device)
    {
        var row = arange(rows, ScalarType.Float32, device).repeat_interleave(columns); // [T]
        var column = arange(columns, ScalarType.Float32, device).repeat(rows);         // [T]
        return cat([zeros(words, 3, ScalarType.Float32, device), stack([zeros_like(row), row, column], 1)]);
    }
}
