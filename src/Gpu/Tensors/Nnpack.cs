using System.Runtime.InteropServices;

namespace PortraitGen.Gpu.Tensors;

/// <summary>Keeps libtorch from handing convolutions of single images to NNPACK.</summary>
/// <remarks>Whether NNPACK takes them depends on what it makes of the processor, and so would the bits; where it does not, libtorch
/// writes a warning to the terminal at every call. TorchSharp has no switch for it.</remarks>
internal static partial class Nnpack
{
    /// <summary>True when it is off; false when this libtorch has no such switch, and then it stays as it is.</summary>
    public static bool Off { get; } = TurnOff();

    private static bool TurnOff()
    {
        try
        {
            SetUserEnabledNnpack(GlobalContext(), false);
            return true;
        }
        catch (Exception e) when (e is DllNotFoundException or EntryPointNotFoundException)
        {
            return false;
        }
    }

    // C++ names as GCC writes them: at::globalContext() and at::Context::setUserEnabledNNPACK(bool).
    [LibraryImport("torch_cpu", EntryPoint = "_ZN2at13globalContextEv")]
    private static partial nint GlobalContext();

    [LibraryImport("torch_cpu", EntryPoint = "_ZN2at7Context20setUserEnabledNNPACKEb")]
    private static partial void SetUserEnabledNnpack(nint context, [MarshalAs(UnmanagedType.U1)] bool on);
}
