using PortraitGen.Domain.Scheduling;
using static PortraitGen.Domain.Tests.Scheduling.Given;

namespace PortraitGen.Domain.Tests.Scheduling;

public sealed class FairShareTests
{
    [Fact]
    public void Within_a_team_the_higher_priority_goes_first_and_then_the_older_campaign()
    {
        var (old, young, urgent) = (Campaign(1), Campaign(2), Campaign(3, priority: 5));
        var state = State([CpuPool(8)], [Team("a")], (young, 2), (old, 1), (urgent, 1));
        Assert.Equal([urgent, old, young, young], Enumerable.Range(0, 4).Select(_ => state.Go(Start)));
        Assert.Null(state.Go(Start));
    }

    [Fact]
    public void Between_teams_priority_counts_for_nothing_and_use_for_weight_does()
    {
        var (loud, meek) = (Campaign(1, "loud", priority: 9), Campaign(2, "meek"));
        var state = State([CpuPool(8)], [Team("loud", used: 100), Team("meek", weight: 2, used: 150)], (loud, 9), (meek, 9));
        // For each unit of weight loud stands at 100 and meek at 75: 6 shards of 10 s bring meek to 105.
        Assert.Equal("meek meek meek meek meek loud", string.Join(' ', Enumerable.Range(0, 6).Select(_ => state.Go(Start)!.Team)));
    }

    [Fact]
    public void Use_is_forgotten_by_half_each_day()
    {
        var team = Team("a", used: 800);
        Assert.Equal(100, team.UsedBy(Start.AddDays(3)), 9);
        team.Charge(50, Start.AddDays(3));
        Assert.Equal(75, team.UsedBy(Start.AddDays(4)), 9);
    }

    [Fact]
    public void A_shard_goes_to_the_least_able_workers_that_fit_and_never_to_others()
    {
        var (small, big, cpu) = (CudaPool(1, 24), CudaPool(1, 80), CpuPool(1));
        var (needy, wants80) = (Campaign(1, needs: Cuda), Campaign(2, needs: Cuda with { MemoryGiB = 60 }));
        var state = State([big, cpu, small], [], (needy, 20), (wants80, 20));
        Assert.Equal(small, FairShare.Decide(state, Start)!.Value.Pool);
        for (int i = 0; i < 20 && state.Go(Start) is not null; i++) { }
        Assert.Equal((4, 4, 0), (small.InFlight, big.InFlight, cpu.InFlight)); // both windows are full, and the CPU has nothing
    }

    [Theory]
    [InlineData("cuda", null, null, 0, "rollout", "is cpu")]
    [InlineData("cpu", "avx2", null, 0, "rollout", "has avx512")]
    [InlineData("cpu", null, "2.9.0", 0, "rollout", "has libtorch 2.10.0")]
    [InlineData("cpu", null, null, 17, "rollout", "has 16 GiB")]
    [InlineData(null, null, null, 0, "pretrain", "knows no 'pretrain' shards")]
    [InlineData("cpu", "avx512", "2.10.0", 16, "update", null)]
    public void Each_want_is_held_against_what_the_worker_announced(string? device, string? set, string? torch, int memory, string kind, string? why)
    {
        Assert.Equal(why, CpuPool(1).Capability.Why(new(device, set, torch, memory), kind));
        Assert.Null(Capability.Unknown.Why(new(device, set, torch, memory), kind)); // an older worker takes what it is given, as it always did
    }

    [Fact]
    public void A_budget_stops_when_what_is_in_flight_would_use_it_up()
    {
        var campaign = Campaign(1, budget: 25, seconds: 10);
        var pool = CpuPool(8);
        var state = State([pool], [], (campaign, 9));
        Assert.Equal(3, Enumerable.Range(0, 9).Count(_ => state.Go(Start) is not null)); // 0, 10 and 20 are below 25
        state.End(campaign, pool, 1, again: false, Start);
        Assert.NotNull(state.Go(Start)); // it was cheaper than expected
        for (int i = 0; i < 3; i++) state.End(campaign, pool, 9, again: false, Start);
        Assert.Null(state.Go(Start)); // 28 of 25 are used
    }

    [Fact]
    public void Who_got_nothing_for_too_long_goes_first_once()
    {
        var (poor, rich) = (Campaign(1, "poor"), Campaign(2, "rich"));
        var state = State([CpuPool(8)], [Team("poor"), Team("rich", used: 1e9)], (rich, 5), (poor, 5));
        Assert.Equal("poor", state.Go(Start.AddMinutes(9))!.Team);
        Assert.Equal("rich", state.Go(Start.AddMinutes(11))!.Team);
        Assert.Equal("poor", state.Go(Start.AddMinutes(11))!.Team);
    }

    [Fact]
    public void A_low_campaign_that_got_nothing_for_too_long_has_one_of_its_teams_turns()
    {
        var (low, high) = (Campaign(1, priority: -1), Campaign(2, priority: 1));
        var state = State([CpuPool(8)], [], (low, 5), (high, 9));
        Assert.Equal(high, state.Go(Start.AddMinutes(9)));
        Assert.Equal([low, high, high], Enumerable.Range(0, 3).Select(_ => state.Go(Start.AddMinutes(10.5))));
    }
}
