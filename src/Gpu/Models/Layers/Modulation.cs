using static TorchSharp.torch;

namespace PortraitGen.Gpu.Models.Layers;

/// <summary>Adaptive layer norm: scale, shift and gate come from the conditioning vector.</summary>
internal sealed class Modulation(Weights weights, string path, int width, int parts)
{
    private readonly Linear _linear = weights.Linear(path + ".linear", width, (long)parts * width);
    private readonly long[] _shape = [width];

    /// <param name="conditioning">[B, D].</param>
    /// <returns>Parts of [B, 1, D].</returns>
    public Tensor[] Parts(Tensor conditioning) => _linear.Forward(nn.functional.silu(conditioning)).unsqueeze(1).chunk(parts, -1);

    /// <summary>Layer norm without weights, then x (1 + scale) + shift. x: [B, T, D]; scale and shift: [B, 1, D].</summary>
    public Tensor Apply(Tensor x, Tensor scale, Tensor shift)
    {
        using var scope = NewDisposeScope();
        return (nn.functional.layer_norm(x, _shape, eps: 1e-6) * (1 + scale)).add_(shift).MoveToOuterDisposeScope();
    }

    /// <summary>The two-part form (scale first), as in the last context norm and before the output.</summary>
    public Tensor ApplyContinuous(Tensor x, Tensor conditioning)
    {
        var scaleShift = Parts(conditioning);
        return Apply(x, scaleShift[0], scaleShift[1]);
    }
}
