using PortraitGen.Domain.Scheduling;
using static PortraitGen.Domain.Tests.Scheduling.Given;

namespace PortraitGen.Domain.Tests.Scheduling;

public sealed class ExplainTests
{
    private static string Why(SchedulerState state, CampaignQueue queue, params string[] codes)
    {
        var reasons = Explain.Why(state, queue, Start);
        Assert.Equal(codes, reasons.Select(r => r.Code));
        return string.Join(' ', reasons.Select(r => r.Text));
    }

    [Fact]
    public void Nobody_alive_and_nobody_that_fits_are_told_apart()
    {
        var queue = Campaign(1, needs: Cuda);
        Assert.Equal("No worker is alive. It wants cuda, 24 GiB. Start one.", Why(State([], [], (queue, 1)), queue, WaitCodes.Capability));
        queue = Campaign(1, needs: Cuda);
        Assert.Equal("No live worker can take its 'rollout' shards. It wants cuda, 24 GiB. Of those that are there, shards.cuda-8 has 8 GiB, shards.cpu is cpu.",
            Why(State([CpuPool(1), CudaPool(2, 8)], [], (queue, 1)), queue, WaitCodes.Capability));
        Assert.Null(Explain.When(State([], [], (Campaign(1), 1)), State([], [], (queue = Campaign(2), 1)).Find(queue.Id)!, Start));
    }

    [Fact]
    public void Budget_quota_and_window_give_their_numbers()
    {
        var (spent, pool) = (Campaign(1, budget: 3600), CpuPool(4));
        var state = State([pool], [], (spent, 9));
        state.Go(Start);
        state.End(spent, pool, 5400, again: false, Start);
        Assert.Equal("The campaign's budget of 1 device-hours is spent: 1.5 device-hours were used.", Why(state, spent, WaitCodes.Budget));

        var limited = Campaign(2);
        state = State([CpuPool(4)], [Team("a", quota: 2)], (limited, 9));
        while (state.Go(Start) is not null) { }
        Assert.Equal("Team 'a' has 2 shards in flight, and its quota is 2.", Why(state, limited, WaitCodes.Quota));

        var many = Campaign(3);
        state = State([CpuPool(2)], [], (many, 9));
        while (state.Go(Start) is not null) { }
        Assert.Equal("The workers that fit have all they may have: 4 shards in flight for 2 slots.", Why(state, many, WaitCodes.Window));
    }

    [Fact]
    public void Share_and_position_name_who_goes_first()
    {
        var (mine, older, urgent, theirs) = (Campaign(5, "a"), Campaign(4, "a"), Campaign(6, "a", priority: 1), Campaign(7, "b"));
        var state = State([CpuPool(2)], [Team("a", used: 500), Team("b", weight: 2, used: 300)], (mine, 2), (older, 3), (urgent, 1), (theirs, 1));
        string why = Why(state, mine, WaitCodes.Share, WaitCodes.Position);
        Assert.Contains("1 team with waiting shards has used less of its share and goes first: b (150); team 'a' stands at 500", why);
        Assert.Contains("it is number 3: 2 campaigns with 4 waiting shards go first", why);
    }

    [Fact]
    public void Whoever_goes_next_is_told_so()
    {
        var queue = Campaign(1);
        Assert.StartsWith("It goes next", Why(State([CpuPool(1)], [], (queue, 1)), queue, WaitCodes.Next));
    }

    [Fact]
    public void The_estimate_is_work_ahead_over_slots_by_weight_and_says_its_basis()
    {
        var (mine, ahead, theirs) = (Campaign(5, "a", seconds: 20), Campaign(4, "a", seconds: 30), Campaign(6, "b"));
        var state = State([CpuPool(8)], [Team("a"), Team("b", weight: 3)], (mine, 6), (ahead, 4), (theirs, 1));
        var when = Explain.When(state, mine, Start)!;
        // A quarter of 8 slots is 2: 4 x 30 s ahead take 60 s, and 6 shards on 2 slots take 3 x 20 s more.
        Assert.Equal((60, 120), (when.StartsInSeconds, when.DoneInSeconds));
        Assert.Equal("20 device-seconds a shard, the mean of this job so far; 2 slots: 8 slots fit, and 2 teams share them by weight.", when.Basis);
        var unknown = Campaign(1, seconds: null);
        Assert.Contains("a guess: none of this job has ended", Explain.When(State([CpuPool(1)], [], (unknown, 1)), unknown, Start)!.Basis);
    }
}
