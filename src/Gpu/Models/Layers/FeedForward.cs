using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace PortraitGen.Gpu.Models.Layers;

/// <summary>Two linear layers, four times as wide between them, with the tanh form of GELU.</summary>
internal sealed class FeedForward(Weights weights, string path, int width)
{
    private readonly Linear _up = weights.Linear(path + ".net.0.proj", width, 4L * width), _down = weights.Linear(path + ".net.2", 4L * width, width);

    public Tensor Forward(Tensor x)
    {
        using var scope = NewDisposeScope();
        return _down.Forward(nn.functional.gelu(_up.Forward(x), GELU.Approximate.tanh)).MoveToOuterDisposeScope();
    }
}
