using TorchSharp.Modules;
using static TorchSharp.torch;

namespace PortraitGen.Gpu.Models.Lora;

/// <summary>A low-rank addition to one linear layer: x A^T B^T scale.</summary>
public sealed class LoraAdapter
{
    internal LoraAdapter(Parameter a, Parameter b, double alpha) => (A, B, Alpha, Scale) = (a, b, alpha, alpha / a.shape[0]);

    /// <summary>[rank, in].</summary>
    public Parameter A { get; }

    /// <summary>[out, rank].</summary>
    public Parameter B { get; }

    public double Alpha { get; }

    /// <summary>alpha / rank.</summary>
    public double Scale { get; }

    /// <summary>Off: the layer is the base layer, and no time is spent here.</summary>
    public bool Enabled { get; set; } = true;

    /// <summary>Computed in the adapter's own type, which may be wider than the base's.</summary>
    internal Tensor Forward(Tensor x)
    {
        using var scope = NewDisposeScope();
        var low = nn.functional.linear(x.to(A.dtype), A); // [..., rank]
        return nn.functional.linear(low, B).mul_(Scale).to(x.dtype).MoveToOuterDisposeScope();
    }

    /// <summary>What it adds to the weight: [out, in].</summary>
    internal Tensor Delta() => B.matmul(A) * Scale;
}
