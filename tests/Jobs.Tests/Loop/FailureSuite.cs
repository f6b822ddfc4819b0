using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Time.Testing;
using PortraitGen.Domain.Campaigns;
using PortraitGen.Gpu.Runtime;
using PortraitGen.Jobs.Campaigns;
using PortraitGen.Jobs.Hosting;
using PortraitGen.Jobs.Scheduling;
using PortraitGen.Jobs.Tests.Toys;

namespace PortraitGen.Jobs.Tests.Loop;

/// <summary>What goes wrong, class by class.</summary>
public abstract class FailureSuite
{
    private static readonly RetryBudgets Quick = RetryBudgets.Default with { FirstPause = TimeSpan.Zero };

    protected abstract Task<JobsOptions> FreshAsync();

    [Fact]
    public async Task A_shard_whose_workers_die_three_times_is_parked_with_its_payload()
    {
        await using var host = await ToyHost.StartAsync(await FreshAsync(), slots: 0);
        var id = await host.StartCampaignAsync(ToyPlan.Spec(stages: 1, shards: 1));
        var shard = (await host.DispatchedAsync(id))[0];
        for (int death = 1; death <= 3; death++)
        {
            var boot = Guid.CreateVersion7();
            Assert.True((await host.AskAsync(shard, "w", boot)).Go);
            await AliveAsync(host, "w", Guid.CreateVersion7()); // a new start of the same worker, without a goodbye
            if (death < 3) shard = (await host.DispatchedAsync(id))[0];
            Assert.Equal(death, (await host.ShardAsync(shard.Id)).Deaths);
        }

        var parked = await host.ShardAsync(shard.Id);
        Assert.Equal((ShardState.Parked, FailureClasses.Poison), (parked.State, parked.FailureClass));
        Assert.NotEqual("{}", parked.Input);
        var campaign = await host.EndAsync(id);
        Assert.Equal((CampaignState.Failed, FailureClasses.Poison), (campaign.State, campaign.FailureClass));
        Assert.Contains(await host.EventsAsync(id), e => e.Kind == EventKinds.ShardParked);
    }

    [Fact]
    public async Task A_lost_connection_and_a_goodbye_are_no_deaths()
    {
        await using var host = await ToyHost.StartAsync(await FreshAsync(), slots: 0);
        var id = await host.StartCampaignAsync(ToyPlan.Spec(stages: 1, shards: 1));
        var shard = (await host.DispatchedAsync(id))[0];
        var (first, second) = (Guid.CreateVersion7(), Guid.CreateVersion7());

        Assert.True((await host.AskAsync(shard, "one", first)).Go);
        Assert.False((await host.AskAsync(shard, "two", second)).Go); // a duplicate: it runs on one
        Assert.True((await host.AskAsync(shard, "two", second, redelivered: true)).Go); // the broker took it back from one
        await host.UseAsync<HearWorkers, bool>(async hear =>
        {
            await hear.LeavingAsync(new("two", second), CancellationToken.None);
            return true;
        });
        await host.FailAsync(shard, "two", second, FailureClasses.Preempted);
        await AliveAsync(host, "two", Guid.CreateVersion7());

        shard = (await host.DispatchedAsync(id))[0];
        Assert.Equal((0, 0, 2), (shard.Deaths, shard.Retries, shard.Attempt));
    }

    [Fact]
    public async Task An_unknown_exception_is_tried_four_times_and_then_fails_the_job_with_its_stack()
    {
        await using var host = await ToyHost.StartAsync(await FreshAsync() with { Budgets = Quick }, slots: 1);
        host.Handler.Before = (_, _) => throw new InvalidOperationException("the toy broke");
        var id = await host.StartCampaignAsync(ToyPlan.Spec(stages: 1, shards: 1));
        var campaign = await host.EndAsync(id);

        Assert.Equal((CampaignState.Failed, FailureClasses.Infra), (campaign.State, campaign.FailureClass));
        Assert.Contains("the toy broke", campaign.FailureReason);
        var shard = await host.QueryAsync(db => db.Shards.AsNoTracking().SingleAsync());
        Assert.Equal((ShardState.Failed, 4, 3), (shard.State, shard.Attempt, shard.Retries));
        Assert.Contains(nameof(ToyHandler), shard.FailureStack);
    }

    [Fact]
    public async Task An_unknown_exception_that_passes_costs_nothing_but_a_try()
    {
        await using var host = await ToyHost.StartAsync(await FreshAsync() with { Budgets = Quick }, slots: 2);
        int failures = 0;
        host.Handler.Before = (_, _) =>
        {
            if (Interlocked.Increment(ref failures) <= 2) throw new IOException("a hiccup");
        };
        var spec = ToyPlan.Spec(stages: 3, shards: 3, seed: 5);
        var id = await host.StartCampaignAsync(spec);

        Assert.Equal(CampaignState.Succeeded, (await host.EndAsync(id)).State);
        Assert.Equal($$"""{"sum":{{ToyPlan.Expected(spec)}}}""", await host.QueryAsync(db => db.Jobs.Select(j => j.Output).SingleAsync()));
    }

    [Theory]
    [InlineData(FailureClasses.UserError)]
    [InlineData(FailureClasses.Nan)]
    [InlineData(FailureClasses.Oom)]
    public async Task What_would_fail_again_fails_the_job_at_once_and_stops_the_rest(string failureClass)
    {
        await using var host = await ToyHost.StartAsync(await FreshAsync(), slots: 2);
        host.Handler.Before = (run, cancel) =>
        {
            if ((int)run.Input["index"]! == 1)
                throw failureClass == FailureClasses.Oom ? new InvalidOperationException("[enforce fail at alloc_cpu.cpp] DefaultCPUAllocator: can't allocate memory") : new ShardFailedException(failureClass, "no use");
            cancel.WaitHandle.WaitOne(TimeSpan.FromSeconds(10));
            cancel.ThrowIfCancellationRequested();
        };
        var id = await host.StartCampaignAsync(ToyPlan.Spec(jobs: 2, stages: 1, shards: 3));
        var campaign = await host.EndAsync(id);

        Assert.Equal((CampaignState.Failed, failureClass), (campaign.State, campaign.FailureClass));
        await host.UntilAsync("no shard is live", async db =>
            await db.Shards.AnyAsync(s => s.State == ShardState.Pending || s.State == ShardState.Dispatched || s.State == ShardState.Running) ? null : "none");
        Assert.Equal([JobState.Failed, JobState.Cancelled], await host.QueryAsync(db => db.Jobs.OrderBy(j => j.Ordinal).Select(j => j.State).ToArrayAsync()));
    }

    [Fact]
    public async Task A_shard_over_its_limit_ends_as_too_long()
    {
        await using var host = await ToyHost.StartAsync(await FreshAsync(), worker: ToyHost.Worker(1) with { HardLimit = TimeSpan.FromMilliseconds(100) });
        host.Handler.Before = (_, cancel) => cancel.WaitHandle.WaitOne(TimeSpan.FromSeconds(10));
        host.Handler.Before += (_, cancel) => cancel.ThrowIfCancellationRequested();
        var id = await host.StartCampaignAsync(ToyPlan.Spec(stages: 1, shards: 1));
        var campaign = await host.EndAsync(id);

        Assert.Equal((CampaignState.Failed, FailureClasses.TooLong), (campaign.State, campaign.FailureClass));
    }

    [Fact]
    public async Task Cancel_reaches_what_runs_and_what_waits()
    {
        await using var host = await ToyHost.StartAsync(await FreshAsync(), slots: 1);
        using var started = new ManualResetEventSlim();
        host.Handler.Before = (_, cancel) =>
        {
            started.Set();
            cancel.WaitHandle.WaitOne(TimeSpan.FromSeconds(10));
            cancel.ThrowIfCancellationRequested();
        };
        var id = await host.StartCampaignAsync(ToyPlan.Spec(jobs: 2, stages: 1, shards: 6));
        Assert.True(started.Wait(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken), $"No shard began within 30 s.\n{host.Log}");
        Assert.Equal(Cancellation.Requested, await host.UseAsync<CancelCampaign, Cancellation>(c => c.RunAsync(id, "enough", CancellationToken.None)));
        var campaign = await host.EndAsync(id, seconds: 5);

        Assert.Equal((CampaignState.Cancelled, "enough"), (campaign.State, campaign.FailureReason));
        Assert.All(await host.QueryAsync(db => db.Shards.AsNoTracking().ToListAsync()), s => Assert.Equal(ShardState.Cancelled, s.State));
        Assert.Equal(Cancellation.AlreadyEnded, await host.UseAsync<CancelCampaign, Cancellation>(c => c.RunAsync(id, "again", CancellationToken.None)));
    }

    [Fact]
    public async Task A_lost_message_and_a_silent_worker_are_made_up_for_by_the_sweep()
    {
        var clock = new FakeTimeProvider(new DateTimeOffset(2026, 6, 1, 12, 0, 0, TimeSpan.Zero));
        await using var host = await ToyHost.StartAsync(await FreshAsync(), slots: 0, clock: clock);
        var id = await host.StartCampaignAsync(ToyPlan.Spec(stages: 1, shards: 2));
        var shards = await host.DispatchedAsync(id); // nobody is there to take them
        await host.AskAsync(shards[1], "w", Guid.CreateVersion7());

        await host.SweepAsync();
        Assert.Equal("1 1", await AttemptsAsync(host)); // nothing is overdue yet
        clock.Advance(TimeSpan.FromSeconds(46));
        await host.SweepAsync();
        await host.UntilAsync("the silent one's second dispatch", async db =>
            await db.Shards.AnyAsync(s => s.Id == shards[1].Id && s.State == ShardState.Dispatched && s.Attempt == 2) ? "done" : null);
        Assert.Equal("1 2", await AttemptsAsync(host));
        clock.Advance(TimeSpan.FromMinutes(6));
        await host.SweepAsync();
        await host.UntilAsync("the lost one's second dispatch", async db =>
            await db.Shards.AllAsync(s => s.State == ShardState.Dispatched && s.Attempt >= 2) ? "done" : null);
    }

    [Fact]
    public async Task A_campaign_whose_advance_was_lost_is_advanced_by_the_sweep()
    {
        await using var host = await ToyHost.StartAsync(await FreshAsync(), slots: 0);
        var id = await host.StartCampaignAsync(ToyPlan.Spec(stages: 2, shards: 1));
        var shard = (await host.DispatchedAsync(id))[0];
        var report = await host.ResultAsync(shard);
        await host.QueryAsync(async db =>
        {
            // As if the process had died between the commit and the enqueue.
            await db.Shards.Where(s => s.Id == shard.Id).ExecuteUpdateAsync(set => set.SetProperty(s => s.State, ShardState.Succeeded)
                .SetProperty(s => s.ResultHash, Domain.Artifacts.ContentHash.Parse(report.ResultHash)).SetProperty(s => s.EndedAt, shard.CreatedAt));
            return await db.Jobs.Where(j => j.CampaignId == id).ExecuteUpdateAsync(set => set.SetProperty(j => j.Remaining, 0));
        });

        await host.SweepAsync();

        await host.DispatchedAsync(id, stage: 2);
    }

    private static async Task<string> AttemptsAsync(ToyHost host) =>
        string.Join(' ', await host.QueryAsync(db => db.Shards.OrderBy(s => s.Index).Select(s => s.Attempt).ToArrayAsync()));

    private static Task<bool> AliveAsync(ToyHost host, string worker, Guid boot) => host.UseAsync<HearWorkers, bool>(async hear =>
    {
        await hear.AliveAsync(worker, boot, 1, CancellationToken.None);
        return true;
    });
}
