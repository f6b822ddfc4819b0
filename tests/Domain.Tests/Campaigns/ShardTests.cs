using PortraitGen.Domain.Artifacts;
using PortraitGen.Domain.Campaigns;

namespace PortraitGen.Domain.Tests.Campaigns;

public sealed class ShardTests
{
    private static readonly DateTimeOffset Noon = new(2026, 6, 1, 12, 0, 0, TimeSpan.Zero);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(45);
    private static readonly RetryBudgets Budgets = RetryBudgets.Default;
    private static readonly ContentHash Result = ContentHash.Of("result"u8), Other = ContentHash.Of("other"u8);
    private readonly Guid _boot = Guid.Parse("00000000-0000-0000-0000-000000000001"), _boot2 = Guid.Parse("00000000-0000-0000-0000-000000000002");

    [Fact]
    public void The_first_result_is_taken_and_no_later_one()
    {
        var shard = Running();
        Assert.True(shard.Succeed(Result, 2, Noon));
        Assert.False(shard.Succeed(Other, 3, Noon));
        Assert.Equal((ShardState.Succeeded, Result, 2.0), (shard.State, shard.ResultHash, shard.DeviceSeconds));
        Assert.True(shard.Contradicts(Other));
        Assert.False(shard.Contradicts(Result));
    }

    [Theory]
    [InlineData(ShardState.Pending)]
    [InlineData(ShardState.Dispatched)]
    [InlineData(ShardState.Running)]
    public void A_result_is_taken_from_every_state_that_is_no_end(ShardState state)
    {
        var shard = In(state);
        Assert.True(shard.Succeed(Result, 1, Noon));
    }

    [Theory]
    [InlineData(ShardState.Succeeded)]
    [InlineData(ShardState.Failed)]
    [InlineData(ShardState.Parked)]
    [InlineData(ShardState.Cancelled)]
    public void An_end_is_an_end(ShardState state)
    {
        var shard = In(state);
        Assert.False(shard.Dispatch(shard.Attempt + 1, Noon));
        Assert.NotNull(shard.Ask(shard.Attempt, "w", _boot, true, Noon, Patience));
        Assert.False(shard.Beat(shard.Attempt, "w", _boot, 0.5, "", Noon));
        Assert.False(shard.Succeed(Other, 1, Noon));
        Assert.Null(shard.FailRun(shard.Attempt, _boot, FailureClasses.Infra, "", null, 1, Budgets, Noon));
        Assert.Null(shard.RunnerDied(_boot, Budgets, Noon));
        Assert.False(shard.Reclaim());
        Assert.False(shard.Cancel(Noon));
        Assert.Equal(state, shard.State);
    }

    [Fact]
    public void A_mark_of_an_older_dispatch_changes_nothing()
    {
        var shard = In(ShardState.Pending);
        Assert.True(shard.Dispatch(1, Noon));
        Assert.False(shard.Dispatch(1, Noon));
        shard.Reclaim();
        Assert.False(shard.Dispatch(1, Noon));
        Assert.True(shard.Dispatch(2, Noon));
    }

    [Fact]
    public void A_worker_that_is_faster_than_the_mark_keeps_the_shard()
    {
        var shard = In(ShardState.Pending);
        Assert.Null(shard.Ask(1, "w", _boot, false, Noon, Patience));
        Assert.False(shard.Dispatch(1, Noon));
        Assert.Equal((ShardState.Running, 1), (shard.State, shard.Attempt));
    }

    [Fact]
    public void A_duplicate_is_dropped_while_the_first_run_gives_signs_of_life()
    {
        var shard = Running();
        Assert.Contains("runs on one", shard.Ask(1, "two", _boot2, false, Noon + Patience / 2, Patience));
        Assert.Null(shard.Ask(1, "two", _boot2, false, Noon + 2 * Patience, Patience));
        Assert.Equal("two", shard.Worker);
    }

    [Fact]
    public void A_redelivery_goes_at_once_as_the_first_lease_is_gone()
    {
        var shard = Running();
        Assert.Null(shard.Ask(1, "two", _boot2, true, Noon, Patience));
        Assert.False(shard.Beat(1, "one", _boot, 0.9, "", Noon));
        Assert.Null(shard.FailRun(shard.Attempt, _boot, FailureClasses.Infra, "late", null, 0, Budgets, Noon));
        Assert.Equal((ShardState.Running, "two"), (shard.State, shard.Worker));
    }

    [Fact]
    public void A_message_of_a_run_that_failed_is_superseded()
    {
        var shard = Running();
        Assert.Equal(FailureVerdict.Retry, shard.FailRun(shard.Attempt, _boot, FailureClasses.Infra, "broke", "stack", 1, Budgets, Noon));
        Assert.Contains("superseded", shard.Ask(1, "two", _boot2, true, Noon, Patience));
        Assert.Equal(Noon + Budgets.FirstPause, shard.NotBefore);
        Assert.Null(shard.Ask(2, "two", _boot2, false, Noon, Patience));
    }

    [Theory]
    [InlineData(FailureClasses.UserError)]
    [InlineData(FailureClasses.Oom)]
    [InlineData(FailureClasses.Nan)]
    [InlineData(FailureClasses.TooLong)]
    [InlineData(FailureClasses.Budget)]
    public void What_fails_alike_again_is_never_tried_again(string failureClass)
    {
        var shard = Running();
        Assert.Equal(FailureVerdict.FailJob, shard.FailRun(shard.Attempt, _boot, failureClass, "why", "stack", 1, Budgets, Noon));
        Assert.Equal((ShardState.Failed, failureClass, "why", "stack"), (shard.State, shard.FailureClass, shard.FailureReason, shard.FailureStack));
    }

    [Fact]
    public void Infra_has_a_budget_and_preemption_has_none_to_spend()
    {
        var shard = In(ShardState.Pending);
        for (int i = 0; i < 50; i++)
        {
            Assert.Null(shard.Ask(shard.Attempt + 1, "one", _boot, false, Noon, Patience));
            Assert.Equal(FailureVerdict.Retry, shard.FailRun(shard.Attempt, _boot, FailureClasses.Preempted, "SIGTERM", null, 1, Budgets, Noon));
        }

        for (int i = 0; i <= Budgets.Infra; i++)
        {
            Assert.Null(shard.Ask(shard.Attempt + 1, "one", _boot, false, Noon, Patience));
            Assert.Equal(i < Budgets.Infra ? FailureVerdict.Retry : FailureVerdict.FailJob, shard.FailRun(shard.Attempt, _boot, FailureClasses.Infra, "broke", null, 1, Budgets, Noon));
        }

        Assert.Equal(0, shard.Deaths);
    }

    [Fact]
    public void Deaths_park_it_whoever_has_it_by_then()
    {
        var shard = Running();
        shard.Ask(1, "two", _boot2, true, Noon, Patience);
        Assert.Equal(FailureVerdict.Retry, shard.RunnerDied(_boot, Budgets, Noon)); // the first one's death becomes known later
        Assert.Equal((ShardState.Running, "two"), (shard.State, shard.Worker));
        Assert.Equal(FailureVerdict.Retry, shard.RunnerDied(_boot2, Budgets, Noon));
        Assert.Equal(ShardState.Pending, shard.State);
        shard.Ask(2, "one", _boot, false, Noon, Patience);
        Assert.Equal(FailureVerdict.FailJob, shard.RunnerDied(_boot, Budgets, Noon));
        Assert.Equal((ShardState.Parked, FailureClasses.Poison), (shard.State, shard.FailureClass));
    }

    [Fact]
    public void A_report_of_a_run_that_is_no_longer_the_shards_changes_nothing()
    {
        var shard = Running();
        shard.FailRun(1, _boot, FailureClasses.Infra, "broke", null, 1, Budgets, Noon);
        Assert.Null(shard.FailRun(1, _boot, FailureClasses.Infra, "broke", null, 1, Budgets, Noon)); // heard twice
        shard.Dispatch(2, Noon);
        Assert.Null(shard.FailRun(1, _boot, FailureClasses.Infra, "broke", null, 1, Budgets, Noon)); // and again, late
        Assert.Equal((ShardState.Dispatched, 1, 1.0), (shard.State, shard.Retries, shard.DeviceSeconds));
    }

    [Theory]
    [InlineData(ShardState.Pending, 1)]
    [InlineData(ShardState.Dispatched, 1)]
    public void A_run_that_began_while_nobody_could_be_asked_may_fail(ShardState state, int attempt)
    {
        var shard = In(state);
        Assert.Equal(FailureVerdict.Retry, shard.FailRun(attempt, _boot, FailureClasses.Infra, "broke", null, 1, Budgets, Noon));
        Assert.Equal((ShardState.Pending, attempt, 1), (shard.State, shard.Attempt, shard.Retries));
        Assert.False(shard.Dispatch(attempt, Noon)); // its mark comes late
    }

    [Fact]
    public void A_heartbeat_counts_for_the_run_that_has_the_shard_whichever_of_its_messages_that_took()
    {
        var shard = In(ShardState.Pending);
        shard.Dispatch(1, Noon);
        shard.Reclaim();
        shard.Dispatch(2, Noon);
        Assert.Null(shard.Ask(1, "one", _boot, false, Noon, Patience)); // the older message was only slow
        Assert.True(shard.Beat(1, "one", _boot, 0.5, "half", Noon + Patience / 2));
        Assert.Equal((0.5, Noon + Patience / 2), (shard.Fraction, shard.LastHeartbeat));
    }

    [Fact]
    public void A_dispatch_that_a_pause_overtook_is_forgotten_wherever_its_mark_comes()
    {
        var shard = In(ShardState.Pending);
        Assert.True(shard.PutOff(1)); // the worker was faster than the mark
        Assert.False(shard.Dispatch(1, Noon));
        Assert.True(shard.Dispatch(2, Noon));
        Assert.True(shard.PutOff(2));
        Assert.Equal((ShardState.Pending, 2), (shard.State, shard.Attempt));
        Assert.False(In(ShardState.Succeeded).PutOff(3));
    }

    [Theory]
    [InlineData(ShardState.Failed)]
    [InlineData(ShardState.Parked)]
    [InlineData(ShardState.Cancelled)]
    public void A_redriven_shard_has_fresh_budgets_and_tells_still_what_it_failed_of(ShardState state)
    {
        var shard = In(state);
        string? failure = shard.FailureClass;
        Assert.True(shard.Redrive());
        Assert.Equal((ShardState.Pending, 0, 0, null, failure), (shard.State, shard.Deaths, shard.Retries, shard.EndedAt, shard.FailureClass));
        Assert.False(shard.Redrive());
        Assert.True(shard.Dispatch(shard.Attempt + 1, Noon));
        Assert.True(shard.Succeed(Result, 1, Noon));
        Assert.Null(shard.FailureClass);
    }

    [Fact]
    public void A_success_is_not_redriven() => Assert.False(In(ShardState.Succeeded).Redrive());

    [Fact]
    public void What_reads_a_damaged_object_waits_for_it_to_be_made_again_at_most_as_often_as_for_the_machinery()
    {
        var shard = Running();
        for (int i = 1; i <= Budgets.Infra; i++)
        {
            Assert.Equal(FailureVerdict.Retry, shard.FailRun(i, _boot, FailureClasses.Corrupt, "damaged", null, 1, Budgets, Noon));
            Assert.Equal(Noon + RetryBudgets.RepairPause, shard.NotBefore);
            shard.Ask(i + 1, "one", _boot, false, Noon, Patience);
        }

        Assert.Equal(FailureVerdict.FailJob, shard.FailRun(Budgets.Infra + 1, _boot, FailureClasses.Corrupt, "damaged", null, 1, Budgets, Noon));
    }

    [Fact]
    public void A_heartbeat_tells_of_a_run_that_nobody_was_asked_about()
    {
        var shard = In(ShardState.Dispatched);
        Assert.True(shard.Beat(1, "one", _boot, 1.7, "most", Noon));
        Assert.Equal((ShardState.Running, 1.0, "one"), (shard.State, shard.Fraction, shard.Worker));
        Assert.False(shard.Beat(1, "two", _boot2, 0.5, "", Noon));
    }

    [Fact]
    public void A_heartbeat_may_come_before_the_dispatch_is_written_and_the_late_mark_changes_nothing()
    {
        var shard = In(ShardState.Pending);
        Assert.False(shard.Beat(0, "one", _boot, 0.5, "half", Noon));
        Assert.True(shard.Beat(1, "one", _boot, 0.5, "half", Noon));
        Assert.False(shard.Dispatch(1, Noon));
        Assert.Equal((ShardState.Running, 1, "one"), (shard.State, shard.Attempt, shard.Worker));
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(3, 4)]
    [InlineData(40, 60)]
    public void Pauses_double_up_to_a_minute(int retry, double seconds) => Assert.Equal(seconds, Budgets.Pause(retry).TotalSeconds);

    private Shard Running() => In(ShardState.Running);

    private Shard In(ShardState state)
    {
        var job = new Job(new(_boot), new(_boot), 0, "toy", "toy", "{}");
        job.Start(Noon);
        job.BeginStage("stage", 1);
        var shard = new Shard(new(_boot), job, 0, "toy", """{"a":1}""", ContentHash.Of("key"u8), Noon);
        if (state is ShardState.Pending) return shard;
        shard.Dispatch(1, Noon);
        if (state is ShardState.Dispatched) return shard;
        shard.Ask(1, "one", _boot, false, Noon, Patience);
        if (state is ShardState.Succeeded) shard.Succeed(Result, 1, Noon);
        if (state is ShardState.Failed) shard.FailRun(shard.Attempt, _boot, FailureClasses.Nan, "", null, 1, Budgets, Noon);
        if (state is ShardState.Cancelled) shard.Cancel(Noon);
        if (state is ShardState.Parked) shard.RunnerDied(_boot, Budgets with { Deaths = 1 }, Noon);
        Assert.Equal(state, shard.State);
        return shard;
    }
}
