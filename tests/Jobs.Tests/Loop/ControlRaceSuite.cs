using Microsoft.EntityFrameworkCore;
using PortraitGen.Domain.Campaigns;
using PortraitGen.Jobs.Campaigns;
using PortraitGen.Jobs.Hosting;
using PortraitGen.Jobs.Scheduling;
using PortraitGen.Jobs.Tests.Toys;

namespace PortraitGen.Jobs.Tests.Loop;

/// <summary>Pause, resume, cancel, advance, questions and reports, all at once; no worker: the test itself reports.</summary>
public abstract class ControlRaceSuite
{
    private static readonly Guid Boot = Guid.Parse("01890000-0000-7000-8000-000000000003");

    protected abstract Task<JobsOptions> FreshAsync();

    private static Task<Pausing> PauseAsync(ToyHost host, CampaignId id) => host.UseAsync<PauseCampaign, Pausing>(p => p.PauseAsync(id, "a test", CancellationToken.None));

    private static Task<Pausing> ResumeAsync(ToyHost host, CampaignId id) => host.UseAsync<PauseCampaign, Pausing>(p => p.ResumeAsync(id, CancellationToken.None));

    private static Task<Cancellation> CancelAsync(ToyHost host, CampaignId id) => host.UseAsync<CancelCampaign, Cancellation>(c => c.RunAsync(id, "a test", CancellationToken.None));

    private static Task<bool> AdvanceAsync(ToyHost host, CampaignId id) => host.UseAsync<AdvanceCampaign, bool>(async advance =>
    {
        await advance.RunAsync(id, lastTry: false, CancellationToken.None);
        return true;
    });

    private static Task<T[]> TimesAsync<T>(int callers, Func<Task<T>> call) => Task.WhenAll(Enumerable.Range(0, callers).Select(_ => call()));

    [Fact]
    public async Task Pauses_racing_questions_leave_nothing_half_way()
    {
        await using var host = await ToyHost.StartAsync(await FreshAsync(), slots: 0);
        for (int round = 0; round < 4; round++)
        {
            var id = await host.StartCampaignAsync(ToyPlan.Spec(stages: 1, shards: 8, seed: round));
            var shards = await host.DispatchedAsync(id);
            var pausing = TimesAsync(4, () => PauseAsync(host, id));
            var verdicts = await Task.WhenAll(shards.Select(s => host.AskAsync(s, $"w{s.Index}", Boot)));
            Assert.All(await pausing, p => Assert.Equal(Pausing.Done, p));

            // Who may go has the shard; every other shard waits, at no cost, and the pause knew which was which.
            for (int i = 0; i < shards.Length; i++)
            {
                var after = await host.ShardAsync(shards[i].Id);
                Assert.Equal((verdicts[i].Go ? ShardState.Running : ShardState.Pending, 0, 0), (after.State, after.Retries, after.Deaths));
            }

            var paused = Assert.Single(await host.EventsAsync(id), e => e.Kind == EventKinds.CampaignPaused);
            Assert.Contains($"\"running\":{verdicts.Count(v => v.Go)}", paused.Data.Replace(" ", ""));

            Assert.All(await TimesAsync(4, () => ResumeAsync(host, id)), p => Assert.Equal(Pausing.Done, p));
            Assert.Single(await host.EventsAsync(id), e => e.Kind == EventKinds.CampaignResumed);
            await Task.WhenAll(shards.Select(async s => Assert.True(await host.CompleteAsync(await host.ResultAsync(s)))));
            Assert.Equal(CampaignState.Succeeded, (await host.EndAsync(id)).State);
        }
    }

    [Fact]
    public async Task A_pause_racing_the_last_completion_and_its_advances_plans_the_next_stage_once()
    {
        await using var host = await ToyHost.StartAsync(await FreshAsync(), slots: 0);
        for (int round = 0; round < 6; round++)
        {
            var id = await host.StartCampaignAsync(ToyPlan.Spec(stages: 2, shards: 1, seed: round));
            var report = await host.ResultAsync((await host.DispatchedAsync(id))[0]);
            var completing = host.CompleteAsync(report);
            await Task.WhenAll(completing, PauseAsync(host, id), TimesAsync(4, () => AdvanceAsync(host, id)));
            Assert.True(await completing); // what is done counts, paused or not

            Assert.Equal(Pausing.Done, await ResumeAsync(host, id));
            await TimesAsync(4, () => AdvanceAsync(host, id));
            var last = (await host.DispatchedAsync(id, stage: 2))[0];
            Assert.True(await host.CompleteAsync(await host.ResultAsync(last)));
            Assert.Equal(CampaignState.Succeeded, (await host.EndAsync(id)).State);
            Assert.Equal(2, (await host.EventsAsync(id)).Count(e => e.Kind == EventKinds.StagePlanned));
        }
    }

    [Fact]
    public async Task Everything_at_once_ends_the_campaign_once_and_counts_each_result_once()
    {
        await using var host = await ToyHost.StartAsync(await FreshAsync(), slots: 0);
        for (int round = 0; round < 8; round++)
        {
            var id = await host.StartCampaignAsync(ToyPlan.Spec(stages: 1, shards: 4, seed: round));
            var shards = await host.DispatchedAsync(id);
            var reports = await Task.WhenAll(shards.Select(s => host.ResultAsync(s, $"w{s.Index}", Boot)));
            var asking = shards.Select(s => host.AskAsync(s, $"w{s.Index}", Boot)).ToArray();
            var completing = reports.Concat(reports).Select(host.CompleteAsync).ToArray();
            var cancelling = TimesAsync(2, () => CancelAsync(host, id));
            await Task.WhenAll([.. asking, .. completing, cancelling, PauseAsync(host, id), ResumeAsync(host, id), TimesAsync(4, () => AdvanceAsync(host, id))]);

            foreach (var shard in shards) await host.FailAsync(shard, $"w{shard.Index}", Boot, FailureClasses.Cancelled); // as a worker that was told to stop
            var campaign = await host.EndAsync(id);
            int won = (await Task.WhenAll(completing)).Count(taken => taken);
            var after = await host.QueryAsync(db => db.Shards.AsNoTracking().Where(s => s.CampaignId == id).ToListAsync());
            Assert.Equal(won, after.Count(s => s.State is ShardState.Succeeded));
            Assert.Equal(4 - won, after.Count(s => s.State is ShardState.Cancelled));
            Assert.Equal((await cancelling).Contains(Cancellation.Requested) ? CampaignState.Cancelled : CampaignState.Succeeded, campaign.State);
            Assert.Single(await host.EventsAsync(id), e => e.Kind is EventKinds.CampaignCancelled or EventKinds.CampaignSucceeded);
            var job = await host.QueryAsync(db => db.Jobs.AsNoTracking().SingleAsync(j => j.CampaignId == id));
            Assert.Equal(won, job.ShardsDone);
        }
    }
}
