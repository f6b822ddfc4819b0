using System.Diagnostics;
using PortraitGen.Domain.Campaigns;
using PortraitGen.Jobs.Planning;

namespace PortraitGen.Benchmarks.Orchestration;

/// <summary>What the process had used when an epoch was planned to its end.</summary>
internal sealed class EpochClock
{
    private readonly List<(long Wall, TimeSpan Cpu)> _marks = [];

    public void Mark()
    {
        lock (_marks) _marks.Add((Stopwatch.GetTimestamp(), Environment.CpuUsage.TotalTime));
    }

    /// <summary>From the end of the first epoch to the end of the last: what starts and warms up is left out.</summary>
    /// <exception cref="InvalidOperationException">Fewer than two epochs ended.</exception>
    public (Measuring.Cost Cost, int Epochs) Steady()
    {
        if (_marks.Count < 2) throw new InvalidOperationException($"{_marks.Count} epochs ended; at least 2 are needed.");
        var (first, last) = (_marks[0], _marks[^1]);
        return (new(Stopwatch.GetElapsedTime(first.Wall, last.Wall).TotalSeconds, (last.Cpu - first.Cpu).TotalSeconds), _marks.Count - 1);
    }
}

/// <summary>A planner that notes when its job is done. Both sides plan with it, so both are measured at the same place.</summary>
internal sealed class ClockedPlanner(IJobPlanner planner, EpochClock epochs) : IJobPlanner
{
    public string Kind => planner.Kind;

    public async Task<PlanStep> NextAsync(JobProgress progress, CancellationToken cancel)
    {
        var step = await planner.NextAsync(progress, cancel);
        if (step is PlanStep.Done && planner.Kind == JobKinds.GrpoEpoch) epochs.Mark();
        return step;
    }
}
