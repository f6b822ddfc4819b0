using PortraitGen.Gpu.Models.Sd3;
using PortraitGen.Gpu.Tensors;
using static TorchSharp.torch;

namespace PortraitGen.Gpu.Sampling;

/// <summary>What sampling asks of a pipeline.</summary>
public static class PipelineSampling
{
    /// <summary>Prompts encoded, without gradients.</summary>
    public static Conditioning Condition(this Sd3Pipeline pipeline, IReadOnlyList<string> prompts)
    {
        using var off = no_grad();
        var (context, pooled) = pipeline.TextEncoder.Encode(prompts); // [B,L,D], [B,P]
        return new(context, pooled);
    }

    /// <summary>The shape of one latent: C, h, w at the side the transformer was made for.</summary>
    public static long[] LatentShape(this Sd3Pipeline pipeline) =>
        [pipeline.Transformer.Config.InChannels, pipeline.Transformer.Config.SampleSize, pipeline.Transformer.Config.SampleSize];

    /// <summary>Latents to images, a few at a time: [N, C, h, w] to uint8 [N, 3, H, W].</summary>
    public static Tensor DecodeToBytes(this Sd3Pipeline pipeline, Tensor latents, int batch)
    {
        using var off = no_grad();
        return cat([.. latents.split(batch).Select(part =>
        {
            using var scope = NewDisposeScope();
            return Pixels.ToBytes(pipeline.Vae.Decode(pipeline.Vae.FromModel(part))).MoveToOuterDisposeScope();
        })]);
    }

    /// <summary>Images to model-scale latents (the posterior's mode), a few at a time: uint8 [N, 3, H, W] to [N, C, h, w].</summary>
    public static Tensor EncodeBytes(this Sd3Pipeline pipeline, Tensor images, int batch)
    {
        using var off = no_grad();
        return cat([.. images.split(batch).Select(part =>
        {
            using var scope = NewDisposeScope();
            var moments = pipeline.Vae.Encode(Pixels.ToFloat(part)); // [b,2C,h,w]
            return pipeline.Vae.ToModel(Models.Vae.AutoencoderKL.Mode(moments)).MoveToOuterDisposeScope();
        })]);
    }
}
