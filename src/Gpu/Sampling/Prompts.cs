using PortraitGen.Domain.Artifacts;
using PortraitGen.Domain.Campaigns;
using PortraitGen.Gpu.Grpo;
using PortraitGen.Gpu.Models;
using PortraitGen.Gpu.Runtime;
using PortraitGen.Gpu.Tensors;
using static TorchSharp.torch;

namespace PortraitGen.Gpu.Sampling;

/// <summary>Prompts to what the transformer reads: from stored embeddings where the shard names some, else by the pipeline's own text encoders.</summary>
/// <param name="pipeline">The shard's model.</param>
/// <param name="stored">The embeddings that the shard names.</param>
/// <param name="read">The bytes of a stored object.</param>
public sealed class Prompts(ITextToImagePipeline pipeline, IReadOnlyList<PromptRef>? stored, Func<ContentHash, byte[]> read)
{
    private const string Context = "context", Pooled = "pooled";
    private readonly Dictionary<string, ContentHash>? _stored = stored?.ToDictionary(p => p.Prompt, p => p.Embedding);

    /// <summary>Without gradients: context [B, L, D], pooled [B, P].</summary>
    /// <exception cref="ShardFailedException">Class <c>user-error</c>: a prompt has no stored embedding, or the shard names none where it must.</exception>
    public Conditioning Of(IReadOnlyList<string> prompts)
    {
        if (_stored is not null) return Read(prompts);
        return pipeline.Text is null
            ? throw new ShardFailedException(FailureClasses.UserError, "The profile says offloadText, but the shard names no stored embeddings.")
            : pipeline.Text.Condition(prompts);
    }

    /// <summary>One prompt's embedding as it is stored.</summary>
    public static byte[] ToBytes(IPromptEncoder text, string prompt)
    {
        using var scope = NewDisposeScope();
        var (context, pooled) = text.Condition([prompt]); // [1,L,D], [1,P]
        Finite.Require(context, $"the text tokens of '{prompt}'");
        Finite.Require(pooled, $"the pooled text of '{prompt}'");
        return SafetensorsWriter.ToBytes([(Context, context), (Pooled, pooled)]);
    }

    private Conditioning Read(IReadOnlyList<string> prompts)
    {
        using var scope = NewDisposeScope();
        var device = pipeline.Transformer.Weights.Device;
        var embedded = prompts.Distinct().ToDictionary(prompt => prompt, prompt => ReadOne(prompt));
        Tensor Rows(string name) => cat([.. prompts.Select(prompt => embedded[prompt][name])]).to(device).MoveToOuterDisposeScope(); // [B,L,D] or [B,P]
        return new(Rows(Context), Rows(Pooled));
    }

    private Dictionary<string, Tensor> ReadOne(string prompt)
    {
        if (!_stored!.TryGetValue(prompt, out var hash)) throw new ShardFailedException(FailureClasses.UserError, $"The prompt '{prompt}' has no stored embedding.");
        using var file = SafetensorsFile.Open(read(hash), $"the embedding of '{prompt}'");
        return file.ReadAll();
    }
}
