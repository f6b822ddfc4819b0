using System.Diagnostics;
using PortraitGen.Domain.Campaigns;
using PortraitGen.Domain.Scheduling;

namespace PortraitGen.Benchmarks.Scheduling;

/// <summary>A cluster in which some number of shards waits, and the cost of one decision in it.</summary>
internal sealed class DecisionCost
{
    private const int Teams = 10, Cycles = 20_000;
    private static readonly DateTimeOffset Now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private readonly SchedulerState _state;
    private readonly Queue<Decision> _flying = new();

    public DecisionCost(int campaigns, int shardsEach)
    {
        _state = new([new Pool("cpu", Capability.Unknown, 64)]);
        for (int i = 0; i < campaigns; i++)
            _state.Arrive(new(new(new Guid(i, 0, 0, new byte[8])), $"team-{i % Teams}", i / Teams % 3, Needs.Nothing, "rollout") { SecondsPerShard = 10 }, shardsEach, Now);
        while (FairShare.Decide(_state, Now) is { } decision) Do(decision);
    }

    /// <summary>Nanoseconds: deciding alone, and a whole cycle with the dispatch and the end of a shard, which comes back so that as many wait as before.</summary>
    public (double Decision, double Cycle) Measure()
    {
        long began = Stopwatch.GetTimestamp();
        for (int i = 0; i < Cycles; i++) Turn();
        double cycle = Stopwatch.GetElapsedTime(began).TotalNanoseconds / Cycles;
        Free();
        began = Stopwatch.GetTimestamp();
        for (int i = 0; i < Cycles; i++) _ = FairShare.Decide(_state, Now);
        double decision = Stopwatch.GetElapsedTime(began).TotalNanoseconds / Cycles;
        Do(FairShare.Decide(_state, Now)!.Value);
        return (decision, cycle);
    }

    private void Turn()
    {
        Free();
        Do(FairShare.Decide(_state, Now)!.Value);
    }

    private void Free()
    {
        var ended = _flying.Dequeue();
        _state.End(ended.Campaign, ended.Pool, 10, again: true, Now);
    }

    private void Do(Decision decision)
    {
        _state.Dispatch(decision, Now);
        _flying.Enqueue(decision);
    }
}
