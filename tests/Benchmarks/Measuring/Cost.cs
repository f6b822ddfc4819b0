using System.Diagnostics;

namespace PortraitGen.Benchmarks.Measuring;

/// <summary>What one repetition took, in seconds.</summary>
/// <param name="Wall">By the clock.</param>
/// <param name="Cpu">Of the whole process, user and system: what neighbours on a busy machine hardly change.</param>
public readonly record struct Cost(double Wall, double Cpu)
{
    public static Cost Of(Action work)
    {
        var cpu = Environment.CpuUsage.TotalTime;
        long began = Stopwatch.GetTimestamp();
        work();
        return new(Stopwatch.GetElapsedTime(began).TotalSeconds, (Environment.CpuUsage.TotalTime - cpu).TotalSeconds);
    }
}
