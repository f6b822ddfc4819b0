using PortraitGen.Gpu.Models.Lora;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace PortraitGen.Gpu.Models.Layers;

/// <summary>y = x W^T + b, plus what an attached adapter adds.</summary>
public sealed class Linear
{
    internal Linear(string path, Parameter weight, Parameter? bias) => (Path, Weight, Bias) = (path, weight, bias);

    /// <summary>Module path in the model, for example <c>transformer_blocks.0.attn.to_q</c>.</summary>
    public string Path { get; }

    /// <summary>[out, in].</summary>
    public Parameter Weight { get; }

    /// <summary>[out], or none.</summary>
    public Parameter? Bias { get; }

    /// <summary>The low-rank addition, if any.</summary>
    public LoraAdapter? Adapter { get; set; }

    public long Inputs => Weight.shape[1];

    public long Outputs => Weight.shape[0];

    /// <param name="x">[..., in].</param>
    /// <returns>[..., out].</returns>
    public Tensor Forward(Tensor x)
    {
        var y = nn.functional.linear(x, Weight, Bias);
        if (Adapter is not { Enabled: true } adapter) return y;
        using var added = adapter.Forward(x);
        return y.add_(added); // in place: no gradient needs y, and the same bits
    }
}
