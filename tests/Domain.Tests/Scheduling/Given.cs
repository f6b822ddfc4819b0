using PortraitGen.Domain.Campaigns;
using PortraitGen.Domain.Scheduling;

namespace PortraitGen.Domain.Tests.Scheduling;

/// <summary>Small scheduler states for tests.</summary>
internal static class Given
{
    public static readonly DateTimeOffset Start = new(2026, 6, 1, 12, 0, 0, TimeSpan.Zero);

    public static readonly Needs Cpu = new("cpu", "avx512", "2.10.0", 0), Cuda = new("cuda", null, null, 24);

    public static Pool CpuPool(int slots) => new("shards.cpu", new("cpu", "avx512", "2.10.0", 16, ["rollout", "update"]), slots);

    public static Pool CudaPool(int slots, int memory = 80) => new($"shards.cuda-{memory}", new("cuda", "avx2", "2.10.0", memory, ["rollout", "update"]), slots);

    public static TeamShare Team(string name, double weight = 1, int? quota = null, double used = 0)
    {
        var team = new TeamShare(name, Start);
        team.Set(weight, quota);
        team.Charge(used, Start);
        return team;
    }

    /// <summary>Campaign ids order by number, as by age.</summary>
    public static CampaignQueue Campaign(
        int number, string team = "a", int priority = 0, Needs? needs = null, string kind = "rollout", double? seconds = 10, double? budget = null, DateTimeOffset? servedAt = null) =>
        new(new(new Guid(number, 0, 0, new byte[8])), team, priority, needs ?? Cpu, kind, servedAt) { SecondsPerShard = seconds, Budget = budget };

    public static SchedulerState State(Pool[] pools, TeamShare[] teams, params (CampaignQueue Queue, int Shards)[] waiting)
    {
        var state = new SchedulerState(pools);
        foreach (var team in teams) state.Add(team);
        foreach (var (queue, shards) in waiting) state.Arrive(queue, shards, Start);
        return state;
    }

    /// <summary>Decides and does it.</summary>
    public static CampaignQueue? Go(this SchedulerState state, DateTimeOffset now)
    {
        if (FairShare.Decide(state, now) is not { } decision) return null;
        state.Dispatch(decision, now);
        return decision.Campaign;
    }
}
