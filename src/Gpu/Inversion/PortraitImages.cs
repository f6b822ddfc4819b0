using PortraitGen.Domain.Campaigns;
using PortraitGen.Gpu.Imaging;
using PortraitGen.Gpu.Models;
using PortraitGen.Gpu.Runtime;
using PortraitGen.Gpu.Tensors;
using static TorchSharp.torch;

namespace PortraitGen.Gpu.Inversion;

/// <summary>Curated training images as tensors.</summary>
public static class PortraitImages
{
    /// <summary>uint8 [3, H, W] at the side the model was made for.</summary>
    /// <exception cref="ShardFailedException">The stored image does not decode: the dataset version is damaged.</exception>
    public static Tensor Read(byte[] stored, ITextToImagePipeline pipeline)
    {
        int side = (int)pipeline.LatentShape[1] * pipeline.Vae.Downscale;
        if (PhotoDecoder.Decode(stored, DecodeLimits.Default) is not DecodeOutcome.Photo photo)
            throw new ShardFailedException(FailureClasses.UserError, "A curated portrait does not decode: the dataset version is damaged. Curate its batch again.");
        var image = photo.Image.Width == side && photo.Image.Height == side ? photo.Image : Resample.Square(photo.Image, side);
        return Pixels.FromInterleaved(image.Rgb, side, side);
    }
}
