using PortraitGen.Gpu.Models.Clip;
using static TorchSharp.torch;

namespace PortraitGen.Gpu.Models.Sd3;

/// <summary>
/// Prompts to what the transformer reads, as SD3's pipeline does: both CLIPs' penultimate states side by side, filled with zeros to the
/// joint width, then the T5 tokens (zeros, as T5 is null here). Gradients flow, so that pretraining can train the encoders.
/// </summary>
public sealed class Sd3TextEncoder
{
    private readonly ClipTokenizer _tokenizer1, _tokenizer2;
    private readonly ClipTextEncoder _encoder1, _encoder2;
    private readonly int _width, _t5Tokens;

    /// <param name="tokenizer1">Of the first encoder.</param>
    /// <param name="encoder1">CLIP-L in the published models.</param>
    /// <param name="tokenizer2">Of the second encoder.</param>
    /// <param name="encoder2">CLIP-G in the published models.</param>
    /// <param name="jointAttentionDim">Width of a token for the transformer.</param>
    /// <param name="t5Tokens">Zero tokens in the place of T5's; the published pipeline has 77 without T5, the tiny model 0.</param>
    /// <exception cref="ModelConfigException">The parts do not fit together.</exception>
    public Sd3TextEncoder(
        ClipTokenizer tokenizer1, ClipTextEncoder encoder1, ClipTokenizer tokenizer2, ClipTextEncoder encoder2, int jointAttentionDim, int t5Tokens = 0)
    {
        (_tokenizer1, _encoder1, _tokenizer2, _encoder2) = (tokenizer1, encoder1, tokenizer2, encoder2);
        (_width, _t5Tokens) = (jointAttentionDim, t5Tokens);
        int both = encoder1.Config.HiddenSize + encoder2.Config.HiddenSize;
        if (both > jointAttentionDim)
            throw new ModelConfigException($"The text encoders are {both} wide together, wider than the transformer's joint_attention_dim {jointAttentionDim}.");
        if (tokenizer1.MaxLength != tokenizer2.MaxLength)
            throw new ModelConfigException($"The tokenizers give {tokenizer1.MaxLength} and {tokenizer2.MaxLength} tokens; both must give the same number.");
        Require("tokenizer", tokenizer1, encoder1);
        Require("tokenizer_2", tokenizer2, encoder2);
        if (!encoder1.Config.WithProjection || !encoder2.Config.WithProjection)
            throw new ModelConfigException("SD3 needs text encoders with a projection (CLIPTextModelWithProjection).");
    }

    /// <summary>Tokens per prompt, L.</summary>
    public int Tokens => _tokenizer1.MaxLength + _t5Tokens;

    /// <summary>Width of the pooled vector, P.</summary>
    public int PooledWidth => _encoder1.Config.ProjectionDim + _encoder2.Config.ProjectionDim;

    /// <returns>Context [B, L, joint width] and pooled [B, P].</returns>
    public (Tensor Context, Tensor Pooled) Encode(IReadOnlyList<string> prompts)
    {
        var first = _encoder1.Forward(_tokenizer1.Batch(prompts, _encoder1.Weights.Device));
        var second = _encoder2.Forward(_tokenizer2.Batch(prompts, _encoder2.Weights.Device));
        var context = cat([first.Penultimate, second.Penultimate], -1);                  // [B, L, D1 + D2]
        context = nn.functional.pad(context, [0, _width - context.shape[2], 0, _t5Tokens]); // [B, L + T5, joint width]
        return (context, cat([first.Projected!, second.Projected!], -1));
    }

    private static void Require(string name, ClipTokenizer tokenizer, ClipTextEncoder encoder)
    {
        if (tokenizer.VocabSize > encoder.Config.VocabSize)
            throw new ModelConfigException($"{name} has {tokenizer.VocabSize} tokens, more than its encoder's vocab_size {encoder.Config.VocabSize}.");
        if (tokenizer.MaxLength > encoder.Config.MaxPositionEmbeddings)
            throw new ModelConfigException($"{name} gives {tokenizer.MaxLength} tokens, but its encoder has {encoder.Config.MaxPositionEmbeddings} positions.");
    }
}
