using System.Reflection;
using System.Runtime.Intrinsics.X86;

namespace PortraitGen.Gpu.Runtime;

/// <summary>What this machine and this build put into an execution profile.</summary>
public static class HostProfile
{
    /// <summary><c>avx512</c>, <c>avx2</c> or <c>default</c>: the kernels that libtorch takes here, named as its variable ATEN_CPU_CAPABILITY names them.</summary>
    public static string InstructionSet { get; } = Choose(
        Avx512F.IsSupported && Avx512DQ.IsSupported && Avx512BW.VL.IsSupported, Avx2.IsSupported && Fma.IsSupported,
        Environment.GetEnvironmentVariable("ATEN_CPU_CAPABILITY"));

    /// <summary>The libtorch that this build carries or was made for, e.g. <c>2.10.0</c>.</summary>
    public static string LibtorchVersion { get; } =
        typeof(HostProfile).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().First(a => a.Key == "LibtorchVersion").Value!;

    /// <param name="wish">The variable may ask for less than the machine has, never for more.</param>
    internal static string Choose(bool avx512, bool avx2, string? wish) => wish switch
    {
        "default" => "default",
        "avx2" => avx2 ? "avx2" : "default",
        _ => avx512 ? "avx512" : avx2 ? "avx2" : "default",
    };
}
