using PortraitGen.Gpu.Models.Layers;
using static TorchSharp.torch;

namespace PortraitGen.Gpu.Models.Flux;

/// <summary>Queries, keys and values of one stream, normed per head.</summary>
internal sealed class FluxHeads(Weights weights, FluxConfig config, string q, string k, string v, string normQ, string normK)
{
    private readonly Linear _q = weights.Linear(q, config.InnerDim, config.InnerDim);
    private readonly Linear _k = weights.Linear(k, config.InnerDim, config.InnerDim);
    private readonly Linear _v = weights.Linear(v, config.InnerDim, config.InnerDim);
    private readonly RmsNorm _normQ = new(weights, normQ, config.AttentionHeadDim, 1e-6), _normK = new(weights, normK, config.AttentionHeadDim, 1e-6);

    /// <summary>[B, T, D] to [B, H, T, d] each.</summary>
    public (Tensor Q, Tensor K, Tensor V) Forward(Tensor x) => (_normQ.Forward(Split(_q, x)), _normK.Forward(Split(_k, x)), Split(_v, x));

    private Tensor Split(Linear project, Tensor x) =>
        project.Forward(x).view(x.shape[0], x.shape[1], config.NumAttentionHeads, config.AttentionHeadDim).transpose(1, 2); // [B, H, T, d]
}

/// <summary>Attention with turned queries and keys.</summary>
internal static class FluxAttention
{
    /// <summary>[B, H, T, d] each to [B, T, D].</summary>
    public static Tensor Mix((Tensor Q, Tensor K, Tensor V) heads, RotaryPositions positions) =>
        nn.functional.scaled_dot_product_attention(positions.Turn(heads.Q), positions.Turn(heads.K), heads.V).transpose(1, 2).flatten(2); // [B, T, D]
}
