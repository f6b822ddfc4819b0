using static TorchSharp.torch;

namespace PortraitGen.Gpu.Models.Vae;

/// <summary>
/// Decodes and encodes large images in tiles that overlap and are blended, so that memory goes with the tile and not with the image. An approximation: group norms
/// and the attention in the middle see a tile where they would see the image, so that even far from seams the numbers are not those of the whole.
/// </summary>
/// <remarks>Source of the blending: diffusers 0.31, AutoencoderKL.tiled_decode; linear over the overlap.</remarks>
public sealed class VaeTiles
{
    private readonly AutoencoderKL _vae;
    private readonly int _side, _step;

    /// <param name="vae">The autoencoder.</param>
    /// <param name="latentSide">Side of a tile in latent positions, at least 4.</param>
    /// <param name="overlap">Share of a tile that it shares with the next, in [0, 0.5].</param>
    /// <exception cref="ArgumentException">A tile is too small, or overlaps too much.</exception>
    public VaeTiles(AutoencoderKL vae, int latentSide, double overlap = 0.25)
    {
        if (latentSide < 4 || !(overlap is >= 0 and <= 0.5)) throw new ArgumentException($"Tiles of {latentSide} with an overlap of {overlap}: the side must be at least 4, the overlap in 0 to 0.5.");
        (_vae, _side, _step) = (vae, latentSide, Math.Max(1, (int)(latentSide * (1 - overlap))));
    }

    /// <summary>[B, C, h, w], raw, to [B, 3, H, W]. A latent no larger than a tile is decoded whole.</summary>
    public Tensor Decode(Tensor latent) => Run(latent, _side, _step, _vae.Downscale, 1, _vae.Decode);

    /// <summary>[B, 3, H, W] to moments [B, 2C, h, w]. An image no larger than a tile is encoded whole.</summary>
    public Tensor Encode(Tensor image) => Run(image, _side * _vae.Downscale, _step * _vae.Downscale, 1, _vae.Downscale, _vae.Encode);

    internal static Tensor Run(Tensor input, int side, int step, int grow, int shrink, Func<Tensor, Tensor> code)
    {
        long height = input.shape[2], width = input.shape[3];
        if (height <= side && width <= side) return code(input);
        long[] rows = Starts(height, side, step), columns = Starts(width, side, step);
        using var scope = NewDisposeScope();
        Tensor? sum = null, weight = null;
        foreach (long row in rows)
        {
            foreach (long column in columns)
            {
                using var inner = NewDisposeScope();
                var tile = code(input.narrow(2, row, Math.Min(side, height - row)).narrow(3, column, Math.Min(side, width - column)));
                if (sum is null)
                {
                    long[] shape = [tile.shape[0], tile.shape[1], height * grow / shrink, width * grow / shrink];
                    (sum, weight) = (zeros(shape, tile.dtype, tile.device).MoveToOuterDisposeScope(), zeros([1, 1, shape[2], shape[3]], tile.dtype, tile.device).MoveToOuterDisposeScope());
                }

                long blend = (side - step) * grow / shrink, y = row * grow / shrink, x = column * grow / shrink;
                var share = Ramp(tile.shape[2], y > 0, y + tile.shape[2] < sum.shape[2], blend, tile).unsqueeze(1)
                    * Ramp(tile.shape[3], x > 0, x + tile.shape[3] < sum.shape[3], blend, tile).unsqueeze(0); // [h, w] of the tile
                sum.narrow(2, y, tile.shape[2]).narrow(3, x, tile.shape[3]).add_(tile * share);
                weight!.narrow(2, y, tile.shape[2]).narrow(3, x, tile.shape[3]).add_(share);
            }
        }

        return (sum! / weight!).MoveToOuterDisposeScope();
    }

    /// <summary>Tiles begin every step; the last one ends with the image, whole.</summary>
    private static long[] Starts(long length, int side, int step)
    {
        var starts = new List<long>();
        for (long at = 0; at + side < length; at += step) starts.Add(at);
        starts.Add(Math.Max(0, length - side));
        return [.. starts];
    }

    /// <summary>1 in the middle, falling towards neighbours over the blended part, never to 0: [length].</summary>
    private static Tensor Ramp(long length, bool before, bool after, long blend, Tensor like)
    {
        var ramp = ones(length, like.dtype, like.device);
        if (blend == 0) return ramp;
        var rise = (arange(blend, like.dtype, like.device) + 1) / (blend + 1); // [blend]
        if (before) ramp.narrow(0, 0, blend).mul_(rise);
        if (after) ramp.narrow(0, length - blend, blend).mul_(rise.flip(0));
        return ramp;
    }
}
