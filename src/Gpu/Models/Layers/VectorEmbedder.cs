using static TorchSharp.torch;

namespace PortraitGen.Gpu.Models.Layers;

/// <summary>Two linear layers with a SiLU between them: [B, in] to [B, D].</summary>
internal sealed class VectorEmbedder(Weights weights, string path, long inputs, long width)
{
    private readonly Linear _first = weights.Linear(path + ".linear_1", inputs, width), _second = weights.Linear(path + ".linear_2", width, width);

    public Tensor Forward(Tensor x) => _second.Forward(nn.functional.silu(_first.Forward(x)));
}
