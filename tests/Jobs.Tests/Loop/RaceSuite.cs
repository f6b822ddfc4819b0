using Microsoft.EntityFrameworkCore;
using PortraitGen.Domain.Artifacts;
using PortraitGen.Domain.Campaigns;
using PortraitGen.Jobs.Campaigns;
using PortraitGen.Jobs.Hosting;
using PortraitGen.Jobs.Messaging;
using PortraitGen.Jobs.Scheduling;
using PortraitGen.Jobs.Tests.Toys;

namespace PortraitGen.Jobs.Tests.Loop;

/// <summary>Many callers at once; no worker: the test itself reports.</summary>
public abstract class RaceSuite
{
    protected abstract Task<JobsOptions> FreshAsync();

    [Fact]
    public async Task Of_sixteen_reports_of_one_shard_exactly_one_is_taken()
    {
        await using var host = await ToyHost.StartAsync(await FreshAsync(), slots: 0);
        var id = await host.StartCampaignAsync(ToyPlan.Spec(stages: 2, shards: 2));
        var shards = await host.DispatchedAsync(id);
        var report = await host.ResultAsync(shards[0]);

        bool[] wins = await Task.WhenAll(Enumerable.Range(0, 16).Select(i => host.CompleteAsync(report with { Worker = $"w{i}" })));

        Assert.Single(wins, won => won);
        var job = await host.QueryAsync(db => db.Jobs.AsNoTracking().FirstAsync(j => j.CampaignId == id));
        Assert.Equal(1, job.Remaining);
        Assert.Equal(0.25, (await host.ShardAsync(shards[0].Id)).DeviceSeconds);
    }

    [Fact]
    public async Task Two_last_shards_together_plan_the_next_stage_once()
    {
        await using var host = await ToyHost.StartAsync(await FreshAsync(), slots: 0);
        var spec = ToyPlan.Spec(stages: 6, shards: 2, seed: 3);
        var id = await host.StartCampaignAsync(spec);
        for (int stage = 1; stage <= 6; stage++)
        {
            var shards = await host.DispatchedAsync(id, stage);
            var reports = await Task.WhenAll(shards.Select(s => host.ResultAsync(s)));
            Assert.All(await Task.WhenAll(reports.Select(host.CompleteAsync)), Assert.True);
        }

        Assert.Equal(CampaignState.Succeeded, (await host.EndAsync(id)).State);
        var events = await host.EventsAsync(id);
        Assert.Equal(6, events.Count(e => e.Kind == EventKinds.StagePlanned));
        Assert.Single(events, e => e.Kind == EventKinds.JobSucceeded);
        Assert.Equal(12, await host.QueryAsync(db => db.Shards.CountAsync()));
    }

    [Fact]
    public async Task Sixteen_advances_at_once_have_one_effect()
    {
        await using var host = await ToyHost.StartAsync(await FreshAsync(), slots: 0);
        var id = await host.StartCampaignAsync(ToyPlan.Spec(stages: 2, shards: 1));
        var shard = (await host.DispatchedAsync(id))[0];
        await host.CompleteAsync(await host.ResultAsync(shard));

        await Task.WhenAll(Enumerable.Range(0, 16).Select(_ => host.UseAsync<AdvanceCampaign, bool>(async advance =>
        {
            await advance.RunAsync(id, lastTry: false, CancellationToken.None);
            return true;
        })));

        await host.DispatchedAsync(id, stage: 2);
        Assert.Equal(2, (await host.EventsAsync(id)).Count(e => e.Kind == EventKinds.StagePlanned));
    }

    [Fact]
    public async Task Cancel_racing_the_last_completion_has_one_winner()
    {
        await using var host = await ToyHost.StartAsync(await FreshAsync(), slots: 0);
        for (int round = 0; round < 6; round++)
        {
            var id = await host.StartCampaignAsync(ToyPlan.Spec(stages: 1, shards: 1, seed: round));
            var shard = (await host.DispatchedAsync(id))[0];
            var report = await host.ResultAsync(shard);
            var completing = host.CompleteAsync(report);
            var cancelling = host.UseAsync<CancelCampaign, Cancellation>(c => c.RunAsync(id, "a test", CancellationToken.None));
            await Task.WhenAll(completing, cancelling);

            var campaign = await host.EndAsync(id);
            var ended = await host.ShardAsync(shard.Id);
            Assert.Equal(await completing ? ShardState.Succeeded : ShardState.Cancelled, ended.State);
            Assert.Equal(await cancelling is Cancellation.Requested ? CampaignState.Cancelled : CampaignState.Succeeded, campaign.State);
            var ends = (await host.EventsAsync(id)).Count(e => e.Kind is EventKinds.CampaignCancelled or EventKinds.CampaignSucceeded);
            Assert.Equal(1, ends);
        }
    }

    [Fact]
    public async Task Sixteen_submissions_under_one_key_give_one_campaign_and_another_body_is_refused()
    {
        await using var host = await ToyHost.StartAsync(await FreshAsync(), slots: 0);
        var all = await Task.WhenAll(Enumerable.Range(0, 16).Select(_ => host.SubmitAsync(ToyPlan.Spec(), key: "monday")));

        var created = Assert.IsType<Submission.Created>(Assert.Single(all, s => s is Submission.Created));
        Assert.All(all.OfType<Submission.Existing>(), s => Assert.Equal(created.Id, s.Id));
        Assert.Equal(15, all.OfType<Submission.Existing>().Count());
        var other = Assert.IsType<Submission.Conflict>(await host.SubmitAsync(ToyPlan.Spec(seed: 9), key: "monday"));
        Assert.Contains("monday", other.Reason);
        Assert.Equal(1, await host.QueryAsync(db => db.Campaigns.CountAsync()));
    }

    [Fact]
    public async Task Reports_out_of_order_and_twice_change_nothing()
    {
        await using var host = await ToyHost.StartAsync(await FreshAsync(), slots: 0);
        var id = await host.StartCampaignAsync(ToyPlan.Spec(stages: 1, shards: 2));
        var shard = (await host.DispatchedAsync(id))[0];
        var (worker, boot) = ("w", Guid.CreateVersion7());

        Assert.True(await host.CompleteAsync(await host.ResultAsync(shard, worker, boot))); // before its start was heard of
        var verdict = await host.AskAsync(shard, worker, boot);
        await host.FailAsync(shard, worker, boot, FailureClasses.Infra);
        await host.UseAsync<HearWorkers, bool>(async hear =>
        {
            await hear.BeatAsync(new ShardProgress(shard.Id.Value, shard.JobId.Value, 1, worker, boot, 0.4, "late"), CancellationToken.None);
            return true;
        });
        Assert.False(await host.CompleteAsync(await host.ResultAsync(shard, worker, boot)));

        Assert.False(verdict.Go);
        var after = await host.ShardAsync(shard.Id);
        Assert.Equal((ShardState.Succeeded, 1.0, 0), (after.State, after.Fraction, after.Retries));
        Assert.Equal(1, (await host.QueryAsync(db => db.Jobs.AsNoTracking().FirstAsync(j => j.CampaignId == id))).Remaining);
    }

    [Fact]
    public async Task A_contrary_result_is_an_alarm_and_changes_nothing()
    {
        await using var host = await ToyHost.StartAsync(await FreshAsync(), slots: 0);
        var id = await host.StartCampaignAsync(ToyPlan.Spec(stages: 1, shards: 2));
        var shard = (await host.DispatchedAsync(id))[0];
        var report = await host.ResultAsync(shard);
        await host.CompleteAsync(report);
        string contrary = ContentHash.Of("other bits"u8).Hex;

        Assert.False(await host.CompleteAsync(report with { ResultHash = contrary }));

        Assert.Equal(report.ResultHash, (await host.ShardAsync(shard.Id)).ResultHash!.Value.Hex);
        var alarm = Assert.Single(await host.EventsAsync(id), e => e.Kind == EventKinds.Nondeterminism);
        Assert.Contains(contrary, alarm.Data);
        Assert.Contains(host.Log.Lines, line => line.Id == 1021);
    }
}
