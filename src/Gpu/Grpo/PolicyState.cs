using PortraitGen.Domain.Artifacts;
using PortraitGen.Domain.Grpo;
using PortraitGen.Gpu.Models.Lora;
using PortraitGen.Gpu.Tensors;
using static TorchSharp.torch;

namespace PortraitGen.Gpu.Grpo;

/// <summary>A policy version as tensors by name: adapter, its running average, AdamW's moments, and the number of updates.</summary>
/// <param name="Adapter">PEFT names.</param>
/// <param name="Average">The averaged adapter that is benchmarked and exported; same names. Empty when it is not asked for.</param>
/// <param name="M">First moments; same names.</param>
/// <param name="V">Second moments; same names.</param>
/// <param name="Steps">Optimiser steps made.</param>
/// <remarks>Stored as three objects, so that who samples or takes a gradient reads the adapter alone, a quarter of it all. Up to engine 4 it was one object;
/// the tensors' names say their part in either, so that both are read alike.</remarks>
public sealed record PolicyState(
    IReadOnlyDictionary<string, Tensor> Adapter, IReadOnlyDictionary<string, Tensor> Average,
    IReadOnlyDictionary<string, Tensor> M, IReadOnlyDictionary<string, Tensor> V, long Steps)
{
    private const string AdapterPart = "adapter.", AveragePart = "average.", MPart = "m.", VPart = "v.", StepsName = "steps";

    /// <summary>Version 0: the adapter as attached, which changes nothing yet.</summary>
    public static PolicyState Fresh(LoraSet adapter)
    {
        Dictionary<string, Tensor> Copy(Func<Tensor, Tensor> of) => adapter.State().ToDictionary(p => p.Name, p => of(p.Value.detach()), StringComparer.Ordinal);
        return new(Copy(t => t.clone()), Copy(t => t.clone()), Copy(t => zeros_like(t)), Copy(t => zeros_like(t)), 0);
    }

    public byte[] AdapterBytes() => SafetensorsWriter.ToBytes(Named(AdapterPart, Adapter));

    public byte[] AverageBytes() => SafetensorsWriter.ToBytes(Named(AveragePart, Average));

    public byte[] MomentsBytes() => SafetensorsWriter.ToBytes([.. Named(MPart, M), .. Named(VPart, V), (StepsName, tensor(Steps))]);

    /// <summary>The adapter of a stored object.</summary>
    /// <exception cref="SafetensorsException">The bytes are no safetensors file, or hold no adapter.</exception>
    public static IReadOnlyDictionary<string, Tensor> ReadAdapter(byte[] bytes) => Part(bytes, AdapterPart);

    /// <summary>The averaged adapter of a stored object.</summary>
    /// <exception cref="SafetensorsException">The bytes are no safetensors file, or hold no average.</exception>
    public static IReadOnlyDictionary<string, Tensor> ReadAverage(byte[] bytes) => Part(bytes, AveragePart);

    /// <summary>What the next update needs of a version.</summary>
    /// <param name="manifest">The version's.</param>
    /// <param name="average">Whether the average is among it.</param>
    /// <param name="read">The bytes of a stored object.</param>
    /// <exception cref="SafetensorsException">One of the objects is no safetensors file, or lacks its part.</exception>
    public static PolicyState Read(CheckpointManifest manifest, bool average, Func<ContentHash, byte[]> read)
    {
        byte[] moments = read(manifest.MomentsOrAll.Hash);
        using var file = SafetensorsFile.Open(moments, "moments");
        return new(ReadAdapter(read(manifest.Policy.Hash)), average ? ReadAverage(read(manifest.AverageOrAll.Hash)) : new Dictionary<string, Tensor>(),
            Part(moments, MPart), Part(moments, VPart), file.Read(StepsName).item<long>());
    }

    private static Dictionary<string, Tensor> Part(byte[] bytes, string prefix)
    {
        using var file = SafetensorsFile.Open(bytes, "policy");
        var part = file.Entries.Keys.Where(k => k.StartsWith(prefix, StringComparison.Ordinal)).ToDictionary(k => k[prefix.Length..], file.Read, StringComparer.Ordinal);
        return part.Count > 0 ? part : throw new SafetensorsException($"policy: holds no tensor '{prefix}…'; it is another part of a policy, or none.");
    }

    private static IEnumerable<(string, Tensor)> Named(string prefix, IReadOnlyDictionary<string, Tensor> tensors) => tensors.Select(t => (prefix + t.Key, t.Value));
}
