using PortraitGen.Gpu.Models.Clip;
using PortraitGen.Gpu.Models.Vae;

namespace PortraitGen.Gpu.Models.Sd3;

/// <summary>The parts of an SD3-class model. It owns the models and disposes them.</summary>
/// <param name="Transformer">The MMDiT.</param>
/// <param name="Vae">Images to latents and back.</param>
/// <param name="Tokenizer1">Of the first text encoder.</param>
/// <param name="TextEncoder1">First CLIP.</param>
/// <param name="Tokenizer2">Of the second text encoder.</param>
/// <param name="TextEncoder2">Second CLIP.</param>
/// <param name="Schedule">Noise levels.</param>
/// <param name="T5Tokens">Zero tokens in the place of T5's.</param>
public sealed record Sd3Pipeline(
    Sd3Transformer Transformer,
    AutoencoderKL Vae,
    ClipTokenizer Tokenizer1,
    ClipTextEncoder TextEncoder1,
    ClipTokenizer Tokenizer2,
    ClipTextEncoder TextEncoder2,
    FlowMatchSchedule Schedule,
    int T5Tokens = 0) : IDisposable
{
    /// <summary>Prompts to what the transformer reads.</summary>
    public Sd3TextEncoder TextEncoder { get; } =
        new(Tokenizer1, TextEncoder1, Tokenizer2, TextEncoder2, Transformer.Config.JointAttentionDim, T5Tokens);

    public void Dispose()
    {
        Transformer.Dispose();
        Vae.Dispose();
        TextEncoder1.Dispose();
        TextEncoder2.Dispose();
    }
}
