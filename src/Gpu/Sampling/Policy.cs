using PortraitGen.Gpu.Models.Lora;
using PortraitGen.Gpu.Models.Sd3;
using static TorchSharp.torch;

namespace PortraitGen.Gpu.Sampling;

/// <summary>Prompts as the transformer sees them.</summary>
/// <param name="Context">[B, L, D].</param>
/// <param name="Pooled">[B, P].</param>
public sealed record Conditioning(Tensor Context, Tensor Pooled)
{
    /// <summary>Each prompt <paramref name="times"/> times in a row: [B * times, …].</summary>
    public Conditioning Repeat(long times) => new(Context.repeat_interleave(times, 0), Pooled.repeat_interleave(times, 0));
}

/// <summary>A velocity model with an adapter: the policy in training, or with the adapter off, the reference.</summary>
public sealed class Policy(Sd3Transformer transformer, LoraSet adapter)
{
    public LoraSet Adapter { get; } = adapter;

    /// <summary>v(x, sigma) for one noise level.</summary>
    /// <param name="x">Latents, [B, C, h, w].</param>
    /// <param name="sigma">Noise level in [0, 1].</param>
    /// <param name="prompts">B prompts.</param>
    public Tensor Velocity(Tensor x, double sigma, Conditioning prompts) => Velocity(x, full([x.shape[0]], sigma, dtype: ScalarType.Float32, device: x.device), prompts);

    /// <summary>v(x, sigma) with a noise level for each latent, [B].</summary>
    public Tensor Velocity(Tensor x, Tensor sigma, Conditioning prompts) => transformer.Forward(x, sigma * 1000, prompts.Context, prompts.Pooled);

    /// <summary>The base's velocity: the adapter off, no gradient.</summary>
    public Tensor Reference(Tensor x, double sigma, Conditioning prompts)
    {
        using var off = no_grad();
        Adapter.Enabled = false;
        try
        {
            return Velocity(x, sigma, prompts);
        }
        finally
        {
            Adapter.Enabled = true;
        }
    }
}
