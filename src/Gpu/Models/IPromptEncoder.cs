using static TorchSharp.torch;

namespace PortraitGen.Gpu.Models;

/// <summary>A model's text encoders and tokenizers together. It owns them and disposes them.</summary>
public interface IPromptEncoder : IDisposable
{
    /// <summary>Prompts to what the transformer reads: context [B, L, D] and pooled [B, P].</summary>
    (Tensor Context, Tensor Pooled) Encode(IReadOnlyList<string> prompts);
}
