using PortraitGen.Gpu.Models.Layers;
using TorchSharp;
using static TorchSharp.torch;

namespace PortraitGen.Gpu.Models.Vae;

/// <summary>The variational autoencoder of latent diffusion.</summary>
/// <remarks>Source: diffusers 0.31, AutoencoderKL; parameter names are the same.</remarks>
public sealed class AutoencoderKL : IDisposable
{
    private readonly VaeEncoder _encoder;
    private readonly VaeDecoder _decoder;
    private readonly Conv2d? _quant, _postQuant;

    /// <summary>Builds the model and takes the weights over.</summary>
    /// <exception cref="WeightsException">Tensors are missing, left over or misshapen; each is named.</exception>
    public AutoencoderKL(VaeConfig config, Weights weights)
    {
        (Config, Weights) = (config, weights);
        _encoder = new(weights, config);
        _decoder = new(weights, config);
        int latent = config.LatentChannels;
        if (config.UseQuantConv) _quant = new(weights, "quant_conv", 2L * latent, 2L * latent, 1);
        if (config.UsePostQuantConv) _postQuant = new(weights, "post_quant_conv", latent, latent, 1);
        weights.Close(VaeConfig.ClassName);
        Type = weights["encoder.conv_in.weight"].dtype;
    }

    public VaeConfig Config { get; }

    public Weights Weights { get; }

    /// <summary>Image side over latent side.</summary>
    public int Downscale => Config.Downscale;

    private ScalarType Type { get; }

    /// <summary>Mean and log-variance of the latent.</summary>
    /// <param name="image">[B, 3, H, W] in -1 to 1; sides are multiples of <see cref="Downscale"/>.</param>
    /// <returns>[B, 2C, h, w], raw: neither shifted nor scaled.</returns>
    public Tensor Encode(Tensor image)
    {
        var moments = _encoder.Forward(image.to(Type));
        return (_quant?.Forward(moments) ?? moments).to(image.dtype);
    }

    /// <summary>Mean, and log-variance held in -30 to 20: [B, C, h, w] each.</summary>
    public static (Tensor Mean, Tensor LogVariance) Split(Tensor moments)
    {
        var parts = moments.chunk(2, 1);
        return (parts[0], parts[1].clamp(-30, 20));
    }

    /// <summary>The most likely latent, raw: [B, C, h, w].</summary>
    public static Tensor Mode(Tensor moments) => moments.narrow(1, 0, moments.shape[1] / 2);

    /// <summary>A latent drawn with the given standard normal noise, raw: [B, C, h, w].</summary>
    public static Tensor Sample(Tensor moments, Tensor noise)
    {
        var (mean, logVariance) = Split(moments);
        return mean + (logVariance * 0.5).exp() * noise;
    }

    /// <summary>The image of a raw latent.</summary>
    /// <param name="latent">[B, C, h, w], raw: use <see cref="FromModel"/> on what the transformer made.</param>
    /// <returns>[B, 3, H, W], about -1 to 1, not clamped.</returns>
    public Tensor Decode(Tensor latent)
    {
        var x = latent.to(Type);
        return _decoder.Forward(_postQuant?.Forward(x) ?? x).to(latent.dtype);
    }

    /// <summary>Raw latent to the transformer's: (z - shift) * scale.</summary>
    public Tensor ToModel(Tensor raw) => (raw - Config.ShiftFactor) * Config.ScalingFactor;

    /// <summary>The transformer's latent to raw: z / scale + shift.</summary>
    public Tensor FromModel(Tensor latent) => latent / Config.ScalingFactor + Config.ShiftFactor;

    public void Dispose() => Weights.Dispose();
}
