using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using PortraitGen.Domain.Artifacts;
using PortraitGen.Domain.Campaigns;
using PortraitGen.Gpu.Runtime;
using PortraitGen.Jobs.Campaigns;
using PortraitGen.Jobs.Hosting;
using PortraitGen.Jobs.Scheduling;
using PortraitGen.Jobs.Tests.Toys;

namespace PortraitGen.Jobs.Tests.Loop;

/// <summary>What people do to a campaign that runs: pause, resume, redrive. And what the machinery mends by itself.</summary>
public abstract class ControlSuite
{
    private static readonly RetryBudgets Quick = RetryBudgets.Default with { FirstPause = TimeSpan.Zero };

    protected abstract Task<JobsOptions> FreshAsync();

    [Fact]
    public async Task A_pause_frees_the_device_at_the_next_safe_point_and_a_resume_goes_on_at_no_cost()
    {
        await using var host = await ToyHost.StartAsync(await FreshAsync(), slots: 1);
        using var started = new ManualResetEventSlim();
        bool slow = true;
        host.Handler.Before = (_, cancel) =>
        {
            started.Set();
            if (Volatile.Read(ref slow)) cancel.WaitHandle.WaitOne(TimeSpan.FromSeconds(60));
            cancel.ThrowIfCancellationRequested();
        };
        var spec = ToyPlan.Spec(jobs: 2, stages: 2, shards: 3, seed: 8);
        var id = await host.StartCampaignAsync(spec);
        Assert.True(started.Wait(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken), $"No shard began within 30 s.\n{host.Log}");
        Assert.Equal(Pausing.Done, await PauseAsync(host, id));
        Assert.Equal(Pausing.Done, await PauseAsync(host, id)); // again: nothing
        await host.UntilAsync("nothing in flight", async db => await db.Shards.AllAsync(s => s.State == ShardState.Pending) ? "so" : null);
        Volatile.Write(ref slow, false);

        await host.SweepAsync(); // and the dispatcher, which looks every two seconds: neither starts anything
        await Task.Delay(2500, TestContext.Current.CancellationToken);
        Assert.All(await host.QueryAsync(db => db.Shards.AsNoTracking().ToListAsync()), s => Assert.Equal((ShardState.Pending, 0, 0), (s.State, s.Retries, s.Deaths)));
        Assert.Equal(CampaignState.Paused, (await host.QueryAsync(db => db.Campaigns.AsNoTracking().SingleAsync())).State);

        Assert.Equal(Pausing.Done, await ResumeAsync(host, id));
        Assert.Equal(Pausing.Done, await ResumeAsync(host, id));
        Assert.Equal(CampaignState.Succeeded, (await host.EndAsync(id)).State);
        Assert.Equal($$"""{"sum":{{ToyPlan.Expected(spec)}}}""", await host.QueryAsync(db => db.Jobs.OrderBy(j => j.Ordinal).Select(j => j.Output).LastAsync()));
        Assert.Equal((Pausing.NotLive, Pausing.NotLive), (await PauseAsync(host, id), await ResumeAsync(host, id)));
        var kinds = (await host.EventsAsync(id)).Select(e => e.Kind).ToList();
        Assert.Equal((1, 1), (kinds.Count(k => k == EventKinds.CampaignPaused), kinds.Count(k => k == EventKinds.CampaignResumed)));
    }

    [Fact]
    public async Task A_message_that_a_pause_overtook_is_dropped_and_sent_anew_after_the_resume()
    {
        await using var host = await ToyHost.StartAsync(await FreshAsync(), slots: 0);
        var id = await host.StartCampaignAsync(ToyPlan.Spec(stages: 1, shards: 1));
        var shard = (await host.DispatchedAsync(id))[0];
        await PauseAsync(host, id);
        var verdict = await host.AskAsync(shard, "w", Guid.CreateVersion7());
        Assert.False(verdict.Go);
        Assert.Contains("paused", verdict.Reason);

        await ResumeAsync(host, id);
        var again = (await host.DispatchedAsync(id))[0];
        Assert.Equal(2, again.Attempt);
        Assert.True((await host.AskAsync(again, "w", Guid.CreateVersion7())).Go);
    }

    [Fact]
    public async Task What_completes_while_paused_counts_and_the_resume_goes_on_from_there()
    {
        await using var host = await ToyHost.StartAsync(await FreshAsync(), slots: 0);
        var id = await host.StartCampaignAsync(ToyPlan.Spec(stages: 2, shards: 1));
        var shard = (await host.DispatchedAsync(id))[0];
        await host.AskAsync(shard, "w", Guid.CreateVersion7());
        await PauseAsync(host, id);
        Assert.True(await host.CompleteAsync(await host.ResultAsync(shard)));
        await host.SweepAsync();
        Assert.Equal(1, await host.QueryAsync(db => db.Shards.CountAsync())); // no second stage is planned
        await ResumeAsync(host, id);
        await host.DispatchedAsync(id, stage: 2);
    }

    [Fact]
    public async Task A_report_of_failure_that_is_heard_three_times_costs_one_try()
    {
        await using var host = await ToyHost.StartAsync(await FreshAsync() with { Budgets = Quick }, slots: 0);
        var id = await host.StartCampaignAsync(ToyPlan.Spec(stages: 1, shards: 1));
        var first = (await host.DispatchedAsync(id))[0];
        var boot = Guid.CreateVersion7();
        await host.AskAsync(first, "w", boot);
        for (int i = 0; i < 3; i++) await host.FailAsync(first, "w", boot, FailureClasses.Infra);
        var second = (await host.DispatchedAsync(id))[0];
        await host.AskAsync(second, "w", boot); // the same start of the same worker has it again
        await host.FailAsync(first, "w", boot, FailureClasses.Infra); // the broker repeats itself once more

        var after = await host.ShardAsync(first.Id);
        Assert.Equal((ShardState.Running, 1, 2, 0.5), (after.State, after.Retries, after.Attempt, after.DeviceSeconds));
    }

    [Fact]
    public async Task A_failed_job_is_redriven_where_it_failed_and_what_succeeded_stays()
    {
        await using var host = await ToyHost.StartAsync(await FreshAsync() with { Budgets = Quick }, slots: 2);
        bool broken = true;
        host.Handler.Before = (run, _) =>
        {
            if (Volatile.Read(ref broken) && (int)run.Input["epoch"]! == 1 && (int)run.Input["stage"]! == 1 && (int)run.Input["index"]! == 1)
                throw new ShardFailedException(FailureClasses.Nan, "a loss is not finite");
        };
        var spec = ToyPlan.Spec(jobs: 3, stages: 2, shards: 3, seed: 9);
        var id = await host.StartCampaignAsync(spec);
        Assert.Equal(CampaignState.Failed, (await host.EndAsync(id)).State);
        await host.UntilAsync("no shard is live", async db => await db.Shards.AnyAsync(s => s.State == ShardState.Dispatched || s.State == ShardState.Running) ? null : "so");
        var jobs = await host.QueryAsync(db => db.Jobs.AsNoTracking().OrderBy(j => j.Ordinal).ToListAsync());
        Assert.Equal([JobState.Succeeded, JobState.Failed, JobState.Cancelled], jobs.Select(j => j.State));
        Assert.Equal((Redriving.NotFailed, Redriving.NotFound), (await RedriveAsync(host, jobs[2].Id), await RedriveAsync(host, new(Guid.CreateVersion7()))));

        Volatile.Write(ref broken, false);
        Assert.Equal(Redriving.Done, await RedriveAsync(host, jobs[1].Id));
        Assert.Equal(Redriving.NotFailed, await RedriveAsync(host, jobs[1].Id));
        Assert.Equal(CampaignState.Succeeded, (await host.EndAsync(id)).State);
        Assert.Equal($$"""{"sum":{{ToyPlan.Expected(spec)}}}""", await host.QueryAsync(db => db.Jobs.OrderBy(j => j.Ordinal).Select(j => j.Output).LastAsync()));
        Assert.All(host.Handler.Runs.Where(r => r.Key is { Epoch: 0 } or { Epoch: 1, Stage: 0 }), run => Assert.Equal(1, run.Value));
        Assert.Single(await host.EventsAsync(id), e => e.Kind == EventKinds.JobRedriven);
    }

    [Fact]
    public async Task A_damaged_object_is_made_again_by_the_shard_that_made_it_while_its_reader_waits()
    {
        var store = new BreakableStore();
        await using var host = await ToyHost.StartAsync(await FreshAsync(), slots: 2, store: store);
        int damaged = 0;
        host.Handler.Before = (run, cancel) =>
        {
            if ((int)run.Input["stage"]! != 1) return;
            // Reads what shard 0 of the stage before wrote, as a gradient reads a policy.
            var note = ContentHash.Of(System.Text.Encoding.UTF8.GetBytes($"{ToyHandler.Value((int)run.Input["seed"]!, 0)}"));
            if (Interlocked.Exchange(ref damaged, 1) == 0) store.Break(note);
            run.Read(note);
        };
        var spec = ToyPlan.Spec(stages: 2, shards: 2, seed: 21);
        var id = await host.StartCampaignAsync(spec);
        var campaign = await host.EndAsync(id);

        Assert.True(campaign.State is CampaignState.Succeeded, $"{campaign.FailureReason}\n{host.Log}");
        Assert.Equal($$"""{"sum":{{ToyPlan.Expected(spec)}}}""", await host.QueryAsync(db => db.Jobs.Select(j => j.Output).SingleAsync()));
        Assert.True(host.Handler.Runs[(0, 0, 0)] >= 2, "The maker did not make it again."); // one repair for each reader that met it
        Assert.Contains(host.Log.Lines, line => line.Id == 1081); // loudly
        Assert.Contains(await host.EventsAsync(id), e => e.Kind == EventKinds.ShardRetried && e.Data.Contains("\"corrupt\"", StringComparison.Ordinal));
        Assert.DoesNotContain(await host.EventsAsync(id), e => e.Kind == EventKinds.Nondeterminism);
        Assert.Equal(4, await host.QueryAsync(db => db.Shards.CountAsync(s => s.State == ShardState.Succeeded)));
    }

    [Fact]
    public async Task A_damaged_object_that_nobody_made_fails_the_job_and_names_it()
    {
        await using var host = await ToyHost.StartAsync(await FreshAsync() with { Budgets = Quick }, slots: 1);
        var missing = ContentHash.Of("a base model"u8);
        host.Handler.Before = (run, _) => run.Read(missing);
        var id = await host.StartCampaignAsync(ToyPlan.Spec(stages: 1, shards: 1));
        var campaign = await host.EndAsync(id);

        Assert.Equal((CampaignState.Failed, FailureClasses.Infra), (campaign.State, campaign.FailureClass));
        Assert.Contains(missing.Hex, campaign.FailureReason);
        Assert.Contains(host.Log.Lines, line => line.Id == 1082);
    }

    private static Task<Pausing> PauseAsync(ToyHost host, CampaignId id) => host.UseAsync<PauseCampaign, Pausing>(p => p.PauseAsync(id, "a test", CancellationToken.None));

    private static Task<Pausing> ResumeAsync(ToyHost host, CampaignId id) => host.UseAsync<PauseCampaign, Pausing>(p => p.ResumeAsync(id, CancellationToken.None));

    private static Task<Redriving> RedriveAsync(ToyHost host, JobId id) => host.UseAsync<RedriveJob, Redriving>(r => r.RunAsync(id, CancellationToken.None));
}
