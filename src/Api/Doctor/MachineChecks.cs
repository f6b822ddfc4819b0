using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace PortraitGen.Api.Doctor;

internal static class MachineChecks
{
    private const double Gib = 1L << 30;

    public static DoctorFinding Runtime() => Environment.Version.Major >= 10
        ? new(".NET", DoctorLevel.Ok, $"{RuntimeInformation.FrameworkDescription} on {RuntimeInformation.OSDescription} ({RuntimeInformation.RuntimeIdentifier})")
        : new(".NET", DoctorLevel.Fail, $"{RuntimeInformation.FrameworkDescription} is too old", "Install the .NET 10 runtime.");

    public static DoctorFinding Cpu() => Environment.ProcessorCount >= 2
        ? new("CPU", DoctorLevel.Ok, $"{Environment.ProcessorCount} cores")
        : new("CPU", DoctorLevel.Warn, "1 core", "Give the process 2 cores or more, or expect the dashboard to stutter while a shard computes.");

    /// <summary>Part of the execution profile: results of two instruction sets may differ in the last digits.</summary>
    public static DoctorFinding InstructionSet()
    {
        string best = Avx512F.IsSupported ? "AVX-512" : Avx2.IsSupported ? "AVX2" : AdvSimd.IsSupported ? "NEON" : "";
        return best.Length > 0
            ? new("Instruction set", DoctorLevel.Ok, best)
            : new("Instruction set", DoctorLevel.Warn, "neither AVX2 nor NEON", "Use a CPU of the last ten years, or let the virtual machine show the host's CPU: training is many times slower without.");
    }

    public static DoctorFinding Memory()
    {
        double total = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / Gib;
        return total >= 4
            ? new("Memory", DoctorLevel.Ok, $"{total:F1} GiB for this process")
            : new("Memory", DoctorLevel.Warn, $"{total:F1} GiB for this process", "Give it 4 GiB or more; less serves the tiny base model only.");
    }

    public static DoctorFinding Disk(string folder)
    {
        try
        {
            string existing = Path.GetFullPath(folder);
            while (!Directory.Exists(existing)) existing = Path.GetDirectoryName(existing) ?? "/";
            double free = new DriveInfo(existing).AvailableFreeSpace / Gib;
            string finding = $"{free:F1} GiB free at {folder}";
            return free switch
            {
                < 0.5 => new("Disk", DoctorLevel.Fail, finding, "Free space there, or choose another data folder."),
                < 5 => new("Disk", DoctorLevel.Warn, finding, "A long campaign writes several GiB: free space there, or choose another data folder."),
                _ => new("Disk", DoctorLevel.Ok, finding),
            };
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return new("Disk", DoctorLevel.Fail, $"{folder} cannot be looked at: {e.Message.ReplaceLineEndings(" ")}", "Choose a data folder that this user can reach.");
        }
    }
}
