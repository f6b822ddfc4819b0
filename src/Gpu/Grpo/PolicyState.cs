using PortraitGen.Gpu.Models.Lora;
using PortraitGen.Gpu.Tensors;
using static TorchSharp.torch;

namespace PortraitGen.Gpu.Grpo;

/// <summary>A policy version as tensors by name: adapter, its running average, AdamW's moments, and the number of updates.</summary>
/// <param name="Adapter">PEFT names.</param>
/// <param name="Average">The averaged adapter that is benchmarked and exported; same names.</param>
/// <param name="M">First moments; same names.</param>
/// <param name="V">Second moments; same names.</param>
/// <param name="Steps">Optimiser steps made.</param>
public sealed record PolicyState(
    IReadOnlyDictionary<string, Tensor> Adapter, IReadOnlyDictionary<string, Tensor> Average,
    IReadOnlyDictionary<string, Tensor> M, IReadOnlyDictionary<string, Tensor> V, long Steps)
{
    /// <summary>Version 0: the adapter as attached, which changes nothing yet.</summary>
    public static PolicyState Fresh(LoraSet adapter)
    {
        Dictionary<string, Tensor> Copy(Func<Tensor, Tensor> of) => adapter.State().ToDictionary(p => p.Name, p => of(p.Value.detach()), StringComparer.Ordinal);
        return new(Copy(t => t.clone()), Copy(t => t.clone()), Copy(t => zeros_like(t)), Copy(t => zeros_like(t)), 0);
    }

    public byte[] ToBytes() => SafetensorsWriter.ToBytes(
    [
        .. Named("adapter.", Adapter), .. Named("average.", Average), .. Named("m.", M), .. Named("v.", V), ("steps", tensor(Steps)),
    ]);

    /// <summary>Reads what <see cref="ToBytes"/> wrote.</summary>
    /// <exception cref="SafetensorsException">The bytes are no safetensors file.</exception>
    public static PolicyState Read(byte[] bytes)
    {
        using var file = SafetensorsFile.Open(bytes, "policy");
        Dictionary<string, Tensor> Part(string prefix) => file.Entries.Keys.Where(k => k.StartsWith(prefix, StringComparison.Ordinal))
            .ToDictionary(k => k[prefix.Length..], file.Read, StringComparer.Ordinal);
        return new(Part("adapter."), Part("average."), Part("m."), Part("v."), file.Read("steps").item<long>());
    }

    private static IEnumerable<(string, Tensor)> Named(string prefix, IReadOnlyDictionary<string, Tensor> tensors) => tensors.Select(t => (prefix + t.Key, t.Value));
}
