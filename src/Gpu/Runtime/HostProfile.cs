using System.Reflection;
using System.Runtime.Intrinsics.X86;
using PortraitGen.Domain.Scheduling;

namespace PortraitGen.Gpu.Runtime;

/// <summary>What this machine and this build put into an execution profile.</summary>
public static class HostProfile
{
    /// <summary><c>avx512</c>, <c>avx2</c> or <c>default</c>: the kernels that libtorch takes here, named as its variable ATEN_CPU_CAPABILITY names them.</summary>
    public static string InstructionSet { get; } = Choose(
        Avx512F.IsSupported && Avx512DQ.IsSupported && Avx512BW.VL.IsSupported, Avx2.IsSupported && Fma.IsSupported,
        Environment.GetEnvironmentVariable("ATEN_CPU_CAPABILITY"));

    /// <summary>The libtorch that this build carries or was made for, e.g. <c>2.10.0</c>.</summary>
    public static string LibtorchVersion { get; } = Metadata("LibtorchVersion");

    /// <summary>What a worker of this machine and build announces. A build for CUDA on a machine without it is a CPU worker.</summary>
    /// <param name="memoryGiB">As set. Null: what the machine lets this process have, for a CPU; libtorch does not tell a GPU's.</param>
    public static Capability Capability(int? memoryGiB, IEnumerable<string> kinds)
    {
        bool cuda = Metadata("TorchBackend") == "cuda" && TorchSharp.torch.cuda.is_available();
        int? memory = memoryGiB ?? (cuda ? null : (int)Math.Round(GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / (double)(1L << 30)));
        return new(cuda ? "cuda" : "cpu", InstructionSet, LibtorchVersion, memory, [.. kinds.Order(StringComparer.Ordinal)]);
    }

    private static string Metadata(string key) => typeof(HostProfile).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().First(a => a.Key == key).Value!;

    /// <param name="wish">The variable may ask for less than the machine has, never for more.</param>
    internal static string Choose(bool avx512, bool avx2, string? wish) => wish switch
    {
        "default" => "default",
        "avx2" => avx2 ? "avx2" : "default",
        _ => avx512 ? "avx512" : avx2 ? "avx2" : "default",
    };
}
