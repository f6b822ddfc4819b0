using PortraitGen.Gpu.Models.Layers;
using TorchSharp;
using static TorchSharp.torch;

namespace PortraitGen.Gpu.Models.Flux;

/// <summary>Rotary position codes over three axes: each pair of a head's features turns by its token's position on one axis.</summary>
/// <remarks>Source: diffusers 0.31, FluxPosEmbed and apply_rotary_emb: theta 10000, neighbouring features are the pairs.</remarks>
internal sealed class RotaryPositions
{
    private readonly Tensor _cos, _sin;

    /// <param name="ids">[T, 3], positions of all tokens, text first.</param>
    /// <param name="axes">Features per axis.</param>
    public RotaryPositions(Tensor ids, IReadOnlyList<int> axes)
    {
        var positions = ids.to(ScalarType.Float64); // angles in double, rounded once
        var angles = new List<Tensor>();
        for (int axis = 0; axis < axes.Count; axis++)
        {
            var omega = pow(10000.0, -arange(0, axes[axis], 2, ScalarType.Float64, ids.device) / axes[axis]); // [d/2]
            angles.Add(outer(positions.select(1, axis), omega).repeat_interleave(2, 1));                       // [T, d]
        }

        var all = cat(angles, 1); // [T, head size]
        (_cos, _sin) = (all.cos().to(ScalarType.Float32), all.sin().to(ScalarType.Float32));
    }

    /// <summary>[B, H, T, d] to the same, turned; computed in fp32 at least.</summary>
    public Tensor Turn(Tensor heads)
    {
        var wide = heads.Widen();
        var pairs = wide.reshape([.. wide.shape[..3], wide.shape[3] / 2, 2]);                // [B, H, T, d/2, 2]
        var turned = stack([-pairs.select(4, 1), pairs.select(4, 0)], 4).flatten(3);         // [B, H, T, d]
        return (wide * _cos + turned * _sin).to(heads.dtype);
    }
}
