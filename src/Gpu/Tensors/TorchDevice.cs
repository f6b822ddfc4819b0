using PortraitGen.Domain.Campaigns;
using static TorchSharp.torch;

namespace PortraitGen.Gpu.Tensors;

/// <summary>Where tensors live.</summary>
public static class TorchDevice
{
    /// <summary>The device of a profile.</summary>
    /// <exception cref="Runtime.ShardFailedException">CUDA is asked for and there is none.</exception>
    public static Device Of(DeviceKind kind) => kind switch
    {
        DeviceKind.Cpu => CPU,
        DeviceKind.Cuda when cuda.is_available() => CUDA,
        _ => throw new Runtime.ShardFailedException(FailureClasses.UserError, "The profile asks for device 'cuda', but this worker has none. Build it with -p:TorchBackend=cuda on a machine with an NVIDIA driver, or set profile.device to cpu."),
    };
}
