using PortraitGen.Gpu.Models;
using PortraitGen.Gpu.Models.Lora;
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
public sealed class Policy(ILatentTransformer transformer, LoraSet adapter)
{
    public LoraSet Adapter { get; } = adapter;

    /// <summary>g of classifier-free guidance; 1 is none.</summary>
    public double Guidance { get; private init; } = 1;

    /// <summary>What guidance leads away from, one prompt; none without guidance.</summary>
    private Conditioning? Negative { get; init; }

    /// <summary>The same policy under classifier-free guidance.</summary>
    /// <param name="guidance">g, above 1.</param>
    /// <param name="negative">The negative prompt, [1, …].</param>
    public Policy Guided(double guidance, Conditioning negative) => new(transformer, Adapter) { Guidance = guidance, Negative = negative };

    /// <summary>Evaluations of the transformer for one velocity.</summary>
    public int Passes => Negative is null ? 1 : 2;

    /// <summary>v(x, sigma) for one noise level, with guidance when there is any.</summary>
    /// <param name="x">Latents, [B, C, h, w].</param>
    /// <param name="sigma">Noise level in [0, 1].</param>
    /// <param name="prompts">B prompts.</param>
    public Tensor Velocity(Tensor x, double sigma, Conditioning prompts) => Velocity(x, Levels(x, sigma), prompts);

    /// <summary>v(x, sigma) with a noise level for each latent, [B].</summary>
    public Tensor Velocity(Tensor x, Tensor sigma, Conditioning prompts)
    {
        var v = Conditional(x, sigma, prompts);                                    // [B,C,h,w]
        if (Negative is null) return v;
        var away = Conditional(x, sigma, Negative.Repeat(x.shape[0]));             // [B,C,h,w]
        return away + (v - away) * Guidance;
    }

    /// <summary>The prompt's velocity without guidance: what flow matching learns and inversion follows.</summary>
    public Tensor Conditional(Tensor x, double sigma, Conditioning prompts) => Conditional(x, Levels(x, sigma), prompts);

    /// <summary>The same with a noise level for each latent, [B].</summary>
    public Tensor Conditional(Tensor x, Tensor sigma, Conditioning prompts) => transformer.Forward(x, sigma * 1000, prompts.Context, prompts.Pooled);

    /// <summary>The base's velocity, with guidance: the adapter off, no gradient.</summary>
    public Tensor Reference(Tensor x, double sigma, Conditioning prompts) => WithoutAdapter(() => Velocity(x, sigma, prompts));

    /// <summary>The base's velocity without guidance, no gradient.</summary>
    public Tensor ConditionalReference(Tensor x, Tensor sigma, Conditioning prompts) => WithoutAdapter(() => Conditional(x, sigma, prompts));

    private Tensor WithoutAdapter(Func<Tensor> velocity)
    {
        using var off = no_grad();
        Adapter.Enabled = false;
        try
        {
            return velocity();
        }
        finally
        {
            Adapter.Enabled = true;
        }
    }

    private static Tensor Levels(Tensor x, double sigma) => full([x.shape[0]], sigma, dtype: ScalarType.Float32, device: x.device);
}
