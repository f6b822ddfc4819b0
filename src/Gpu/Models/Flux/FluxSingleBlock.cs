using PortraitGen.Gpu.Models.Layers;
using TorchSharp.Modules;
using static TorchSharp.torch;
using Linear = PortraitGen.Gpu.Models.Layers.Linear;

namespace PortraitGen.Gpu.Models.Flux;

/// <summary>One block over text and image tokens together, its feed-forward beside its attention.</summary>
/// <remarks>Source: diffusers 0.31, FluxSingleTransformerBlock.</remarks>
internal sealed class FluxSingleBlock
{
    private readonly Modulation _norm;
    private readonly FluxHeads _heads;
    private readonly Linear _up, _out;

    public FluxSingleBlock(Weights weights, FluxConfig config, int index)
    {
        string path = $"single_transformer_blocks.{index}", attention = path + ".attn.";
        int width = config.InnerDim;
        _norm = new(weights, path + ".norm", width, 3);
        _up = weights.Linear(path + ".proj_mlp", width, 4L * width);
        _out = weights.Linear(path + ".proj_out", 5L * width, width);
        _heads = new(weights, config, attention + "to_q", attention + "to_k", attention + "to_v", attention + "norm_q", attention + "norm_k");
    }

    /// <summary>[B, L+T, D] to the same.</summary>
    public Tensor Forward(Tensor x, Tensor conditioning, RotaryPositions positions)
    {
        var m = _norm.Parts(conditioning); // shift, scale, gate: [B, 1, D] each
        var normed = _norm.Apply(x, m[1], m[0]);
        var wide = nn.functional.gelu(_up.Forward(normed), GELU.Approximate.tanh);        // [B, L+T, 4D]
        var mixed = FluxAttention.Mix(_heads.Forward(normed), positions);                 // [B, L+T, D]
        return x + m[2] * _out.Forward(cat([mixed, wide], 2));
    }
}
