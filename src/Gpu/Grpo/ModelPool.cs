using PortraitGen.Gpu.Models;

namespace PortraitGen.Gpu.Grpo;

/// <summary>One <see cref="LoadedModels"/> for each device thread: adapters and gradients are no shared goods.</summary>
public sealed class ModelPool(ModelStore store) : IDisposable
{
    private readonly ThreadLocal<LoadedModels> _models = new(() => new LoadedModels(store), trackAllValues: true);

    /// <summary>The calling device thread's models.</summary>
    public LoadedModels Mine => _models.Value!;

    public void Dispose()
    {
        foreach (var models in _models.Values) models.Dispose();
        _models.Dispose();
    }
}
