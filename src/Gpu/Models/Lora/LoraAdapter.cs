using TorchSharp.Modules;
using static TorchSharp.torch;

namespace PortraitGen.Gpu.Models.Lora;

/// <summary>A low-rank addition to one linear layer: x A^T B^T scale.</summary>
public sealed class LoraAdapter
{
    internal LoraAdapter(Parameter a, Parameter b, double scale) => (A, B, Scale) = (a, b, scale);

    /// <summary>[rank, in].</summary>
    public Parameter A { get; }

    /// <summary>[out, rank].</summary>
    public Parameter B { get; }

    /// <summary>alpha / rank.</summary>
    public double Scale { get; }

    /// <summary>Off: the layer is the base layer, and no time is spent here.</summary>
    public bool Enabled { get; set; } = true;

    /// <summary>Computed in the adapter's own type, which may be wider than the base's.</summary>
    internal Tensor Forward(Tensor x)
    {
        var low = nn.functional.linear(x.to(A.dtype), A); // [..., rank]
        return (nn.functional.linear(low, B) * Scale).to(x.dtype);
    }

    /// <summary>What it adds to the weight: [out, in].</summary>
    internal Tensor Delta() => B.matmul(A) * Scale;
}
