using System.Globalization;

namespace PortraitGen.Gpu.Tests.Models.Memory;

/// <summary>The most resident memory of this process while something runs, beyond what it had before. Linux.</summary>
internal static class PeakMemory
{
    /// <summary>Bytes. Honest only in an <see cref="OwnProcess"/>: nothing else runs there, and glibc keeps no freed tensor's memory.</summary>
    public static long While(Action run)
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();
        File.WriteAllText("/proc/self/clear_refs", "5"); // the high-water mark begins anew
        long before = Status("VmRSS");
        run();
        return Status("VmHWM") - before;
    }

    private static long Status(string key)
    {
        string line = File.ReadLines("/proc/self/status").Single(line => line.StartsWith(key + ":", StringComparison.Ordinal));
        return 1024 * long.Parse(line.Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture);
    }
}
