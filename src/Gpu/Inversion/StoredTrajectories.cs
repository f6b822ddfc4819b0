using PortraitGen.Gpu.Tensors;
using static TorchSharp.torch;

namespace PortraitGen.Gpu.Inversion;

/// <summary>Inverted paths as an <c>invert</c> shard stores them.</summary>
/// <param name="States">[steps + 1, K, C, h, w], state i at level i of the grid.</param>
public sealed record StoredTrajectories(Tensor States, InversionHealth Health)
{
    public byte[] ToBytes() => SafetensorsWriter.ToBytes([("states", States), .. Health.Tensors()]);

    /// <summary>Reads what <see cref="ToBytes"/> wrote.</summary>
    /// <exception cref="SafetensorsException">The bytes are no safetensors file.</exception>
    public static StoredTrajectories Read(byte[] bytes)
    {
        using var file = SafetensorsFile.Open(bytes, "trajectories");
        return new(file.Read("states"), new(file.Read("health.noiseNorm"), file.Read("health.replayDb"), file.Read("health.z2")));
    }
}
