using PortraitGen.Gpu.Models.Lora;
using PortraitGen.Gpu.Models.Sd3;
using PortraitGen.Gpu.Sampling;
using static TorchSharp.torch;

namespace PortraitGen.Gpu.Tests.Sampling;

/// <summary>The tiny transformer with an adapter that does something, and two prompts as noise.</summary>
internal sealed class TinyPolicy : IDisposable
{
    private readonly Sd3Transformer _model;

    public TinyPolicy(ulong seed)
    {
        using var noise = new Noise(seed + 100);
        _model = TinyModels.TrainedTransformer(seed);
        Policy = new(_model, LoraSet.Attach(_model.Weights.Linears, new LoraOptions { Rank = 2, Alpha = 4 }, noise.Of));
        using (no_grad())
            foreach (var (_, value) in Policy.Adapter.Trainables) value.add_(noise.Of(value.shape) * 0.05);
        Prompts = new(noise.Of(2, 3, 40), noise.Of(2, 24));
    }

    public Policy Policy { get; }

    public Conditioning Prompts { get; }

    public void Dispose()
    {
        Prompts.Context.Dispose();
        Prompts.Pooled.Dispose();
        Policy.Adapter.Dispose();
        _model.Dispose();
    }
}
