using PortraitGen.Gpu.Models.Clip;
using PortraitGen.Gpu.Models.T5;
using static TorchSharp.torch;

namespace PortraitGen.Gpu.Models.Sd3;

/// <summary>
/// Prompts to what the transformer reads, as SD3's pipeline does: both CLIPs' penultimate states side by side, filled with zeros to the
/// joint width, then the T5 tokens (zeros without T5). Gradients flow, so that pretraining can train the encoders.
/// </summary>
public sealed class Sd3TextEncoder : IPromptEncoder
{
    private readonly int _width;

    /// <param name="tokenizer1">Of the first encoder.</param>
    /// <param name="encoder1">CLIP-L in the published models.</param>
    /// <param name="tokenizer2">Of the second encoder.</param>
    /// <param name="encoder2">CLIP-G in the published models.</param>
    /// <param name="jointAttentionDim">Width of a token for the transformer.</param>
    /// <param name="t5Tokens">T5's tokens, or zeros in their place; the published pipeline has 256 with T5 and 77 without, the tiny model 0.</param>
    /// <param name="tokenizer3">Of T5, or none.</param>
    /// <param name="encoder3">T5, or none.</param>
    /// <exception cref="ModelConfigException">The parts do not fit together.</exception>
    public Sd3TextEncoder(
        ClipTokenizer tokenizer1, ClipTextEncoder encoder1, ClipTokenizer tokenizer2, ClipTextEncoder encoder2, int jointAttentionDim, int t5Tokens = 0,
        T5Tokenizer? tokenizer3 = null, T5Encoder? encoder3 = null)
    {
        (Tokenizer1, Encoder1, Tokenizer2, Encoder2) = (tokenizer1, encoder1, tokenizer2, encoder2);
        (_width, T5Tokens, Tokenizer3, Encoder3) = (jointAttentionDim, t5Tokens, tokenizer3, encoder3);
        int both = encoder1.Config.HiddenSize + encoder2.Config.HiddenSize;
        if (both > jointAttentionDim)
            throw new ModelConfigException($"The text encoders are {both} wide together, wider than the transformer's joint_attention_dim {jointAttentionDim}.");
        if (tokenizer1.MaxLength != tokenizer2.MaxLength)
            throw new ModelConfigException($"The tokenizers give {tokenizer1.MaxLength} and {tokenizer2.MaxLength} tokens; both must give the same number.");
        Require("tokenizer", tokenizer1, encoder1);
        Require("tokenizer_2", tokenizer2, encoder2);
        if (!encoder1.Config.WithProjection || !encoder2.Config.WithProjection)
            throw new ModelConfigException("SD3 needs text encoders with a projection (CLIPTextModelWithProjection).");
        if (encoder3 is not null && encoder3.Config.DModel != jointAttentionDim)
            throw new ModelConfigException($"text_encoder_3's d_model is {encoder3.Config.DModel}, but the transformer's joint_attention_dim is {jointAttentionDim}.");
    }

    public ClipTokenizer Tokenizer1 { get; }

    public ClipTextEncoder Encoder1 { get; }

    public ClipTokenizer Tokenizer2 { get; }

    public ClipTextEncoder Encoder2 { get; }

    /// <summary>Null where the model goes without T5.</summary>
    public T5Tokenizer? Tokenizer3 { get; }

    /// <summary>Null where the model goes without T5.</summary>
    public T5Encoder? Encoder3 { get; }

    /// <summary>T5's tokens per prompt; zeros stand in their place without T5.</summary>
    public int T5Tokens { get; }

    /// <summary>Tokens per prompt, L.</summary>
    public int Tokens => Tokenizer1.MaxLength + T5Tokens;

    /// <summary>Width of the pooled vector, P.</summary>
    public int PooledWidth => Encoder1.Config.ProjectionDim + Encoder2.Config.ProjectionDim;

    /// <returns>Context [B, L, joint width] and pooled [B, P].</returns>
    public (Tensor Context, Tensor Pooled) Encode(IReadOnlyList<string> prompts)
    {
        var first = Encoder1.Forward(Tokenizer1.Batch(prompts, Encoder1.Weights.Device));
        var second = Encoder2.Forward(Tokenizer2.Batch(prompts, Encoder2.Weights.Device));
        var context = cat([first.Penultimate, second.Penultimate], -1);                  // [B, L, D1 + D2]
        bool zeros = Tokenizer3 is null || Encoder3 is null;
        context = nn.functional.pad(context, [0, _width - context.shape[2], 0, zeros ? T5Tokens : 0]); // [B, L (+ T5), joint width]
        if (!zeros) context = cat([context, Encoder3!.Forward(Tokenizer3!.Batch(prompts, T5Tokens, Encoder3.Weights.Device)).to(context.dtype)], 1); // [B, L + T5, joint width]
        return (context, cat([first.Projected!, second.Projected!], -1));
    }

    public void Dispose()
    {
        Encoder1.Dispose();
        Encoder2.Dispose();
        Encoder3?.Dispose();
    }

    private static void Require(string name, ClipTokenizer tokenizer, ClipTextEncoder encoder)
    {
        if (tokenizer.VocabSize > encoder.Config.VocabSize)
            throw new ModelConfigException($"{name} has {tokenizer.VocabSize} tokens, more than its encoder's vocab_size {encoder.Config.VocabSize}.");
        if (tokenizer.MaxLength > encoder.Config.MaxPositionEmbeddings)
            throw new ModelConfigException($"{name} gives {tokenizer.MaxLength} tokens, but its encoder has {encoder.Config.MaxPositionEmbeddings} positions.");
    }
}
