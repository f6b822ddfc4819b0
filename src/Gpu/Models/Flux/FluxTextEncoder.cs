using PortraitGen.Gpu.Models.Clip;
using PortraitGen.Gpu.Models.T5;
using static TorchSharp.torch;

namespace PortraitGen.Gpu.Models.Flux;

/// <summary>Prompts to what the transformer reads, as FLUX's pipeline does: T5's tokens, and CLIP's pooled vector.</summary>
public sealed class FluxTextEncoder : IPromptEncoder
{
    /// <param name="tokenizer">Of CLIP.</param>
    /// <param name="clip">CLIP-L in the published models; gives the pooled vector.</param>
    /// <param name="tokenizer2">Of T5.</param>
    /// <param name="t5">Gives the text tokens.</param>
    /// <param name="config">The transformer's, whose widths the encoders must have.</param>
    /// <param name="t5Tokens">Text tokens per prompt.</param>
    /// <exception cref="ModelConfigException">The parts do not fit together.</exception>
    public FluxTextEncoder(ClipTokenizer tokenizer, ClipTextEncoder clip, T5Tokenizer tokenizer2, T5Encoder t5, FluxConfig config, int t5Tokens)
    {
        (Tokenizer, Clip, Tokenizer2, T5, T5Tokens) = (tokenizer, clip, tokenizer2, t5, t5Tokens);
        RequireEqual("text_encoder's hidden_size", clip.Config.HiddenSize, "transformer's pooled_projection_dim", config.PooledProjectionDim);
        RequireEqual("text_encoder_2's d_model", t5.Config.DModel, "transformer's joint_attention_dim", config.JointAttentionDim);
        if (tokenizer.VocabSize > clip.Config.VocabSize || tokenizer2.VocabSize > t5.Config.VocabSize)
            throw new ModelConfigException("A tokenizer has more tokens than its encoder's vocab_size.");
        if (t5Tokens > tokenizer2.MaxLength) throw new ModelConfigException($"{t5Tokens} T5 tokens are more than tokenizer_2's model_max_length {tokenizer2.MaxLength}.");
    }

    public ClipTokenizer Tokenizer { get; }

    public ClipTextEncoder Clip { get; }

    public T5Tokenizer Tokenizer2 { get; }

    public T5Encoder T5 { get; }

    /// <summary>Text tokens per prompt.</summary>
    public int T5Tokens { get; }

    /// <returns>Context [B, L, joint width] and pooled [B, P].</returns>
    public (Tensor Context, Tensor Pooled) Encode(IReadOnlyList<string> prompts)
    {
        var pooled = Clip.Forward(Tokenizer.Batch(prompts, Clip.Weights.Device)).Pooled;
        return (T5.Forward(Tokenizer2.Batch(prompts, T5Tokens, T5.Weights.Device)), pooled);
    }

    public void Dispose()
    {
        Clip.Dispose();
        T5.Dispose();
    }

    private static void RequireEqual(string left, int found, string right, int wanted)
    {
        if (found != wanted) throw new ModelConfigException($"The {left} is {found}, but the {right} is {wanted}; the parts are not of one model.");
    }
}
