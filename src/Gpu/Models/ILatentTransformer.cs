using static TorchSharp.torch;

namespace PortraitGen.Gpu.Models;

/// <summary>A transformer that predicts the velocity of rectified flow: what sampling, inversion and training ask of SD3 and FLUX alike.</summary>
public interface ILatentTransformer : IDisposable
{
    /// <summary>Its tensors and linear layers by diffusers' names.</summary>
    Weights Weights { get; }

    /// <summary>Blocks are run once more in the backward pass instead of being held: the same gradients for about a third more time and far less memory.</summary>
    bool Recompute { get; set; }

    /// <summary>The velocity at a latent.</summary>
    /// <param name="latents">[B, C, H, W].</param>
    /// <param name="timestep">[B], sigma times 1000.</param>
    /// <param name="context">Text tokens [B, L, D].</param>
    /// <param name="pooled">Pooled text [B, P].</param>
    /// <returns>[B, C, H, W], in the type of <paramref name="latents"/>.</returns>
    Tensor Forward(Tensor latents, Tensor timestep, Tensor context, Tensor pooled);
}
