using System.Runtime.InteropServices;
using System.Text.Json.Nodes;
using PortraitGen.Gpu.Runtime;
using TorchSharp;

namespace PortraitGen.Benchmarks.Measuring;

/// <summary>What a number cannot be read without: processor, threads, versions, and how busy the machine was.</summary>
public static class MachineFacts
{
    public static JsonObject Read() => new()
    {
        ["processor"] = Processor(),
        ["logicalProcessors"] = Environment.ProcessorCount,
        ["instructionSet"] = HostProfile.InstructionSet,
        ["memoryGiB"] = Math.Round(GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / (double)(1 << 30), 1),
        ["system"] = RuntimeInformation.OSDescription,
        ["runtime"] = RuntimeInformation.FrameworkDescription,
        ["torchSharp"] = typeof(torch).Assembly.GetName().Version?.ToString(3),
        ["libtorch"] = HostProfile.LibtorchVersion,
        ["loadAverage"] = File.Exists("/proc/loadavg") ? File.ReadAllText("/proc/loadavg").Split(' ')[0] : null,
        ["at"] = TimeProvider.System.GetUtcNow().ToString("yyyy-MM-dd HH:mm 'UTC'"),
    };

    private static string? Processor() => !File.Exists("/proc/cpuinfo") ? null
        : File.ReadLines("/proc/cpuinfo").FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal))?.Split(':', 2)[1].Trim();
}
