using System.Text.Json.Nodes;
using Microsoft.EntityFrameworkCore;
using PortraitGen.Domain.Artifacts;
using PortraitGen.Domain.Campaigns;
using PortraitGen.Domain.Scheduling;
using PortraitGen.Jobs.Campaigns;
using PortraitGen.Jobs.Hosting;
using PortraitGen.Jobs.Messaging;
using PortraitGen.Jobs.Scheduling;
using PortraitGen.Jobs.Tests.Toys;

namespace PortraitGen.Jobs.Tests.Loop;

/// <summary>Fair share, quotas, budgets and capabilities through rows and bus, and the words for why something waits.</summary>
public abstract class ScheduleSuite
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    protected abstract Task<JobsOptions> FreshAsync();

    [Fact]
    public async Task Shards_go_to_workers_that_fit_and_what_nobody_can_do_waits_and_says_why()
    {
        await using var host = await ToyHost.StartAsync(await FreshAsync(), slots: 1);
        var cuda = await SubmitAsync(host, new(MemoryGiB: 24), device: "cuda");
        var anywhere = await SubmitAsync(host, new());
        Assert.Equal(CampaignState.Succeeded, (await host.EndAsync(anywhere)).State);

        var why = await WhyAsync(host, cuda, WaitCodes.Capability);
        Assert.Contains("No live worker can take its 'toy' shards. It wants cuda, 24 GiB.", why.Reasons[0].Text);
        Assert.Null(why.Estimate);
        Assert.All(await host.QueryAsync(db => db.Shards.AsNoTracking().Where(s => s.CampaignId == cuda).ToListAsync()), s => Assert.Equal((ShardState.Pending, 0), (s.State, s.Attempt)));

        await AnnounceAsync(host, new("big", Guid.CreateVersion7(), 1, "portraitgen.shards.big", "cuda", null, null, 80, ["toy"]));
        var taken = await host.DispatchedAsync(cuda);
        Assert.All(taken, s => Assert.Equal("portraitgen.shards.big", s.Queue));
    }

    [Fact]
    public async Task A_quota_is_never_exceeded_and_the_rest_waits_for_it()
    {
        await using var host = await ToyHost.StartAsync(await FreshAsync(), slots: 0);
        await host.UseAsync<TeamSettings, bool>(async teams => { await teams.SetAsync("few", 2, 3, Cancel); return true; });
        var id = await SubmitAsync(host, new("few"), shards: 8);
        for (int done = 0; done < 8; done++)
        {
            var flying = await host.UntilAsync("three in flight, or what is left", async db =>
            {
                var found = await db.Shards.AsNoTracking().Where(s => s.State == ShardState.Dispatched).OrderBy(s => s.Index).ToListAsync();
                return found.Count == Math.Min(3, 8 - done) ? found : null;
            });
            if (done == 0)
            {
                var why = await WhyAsync(host, id, WaitCodes.Quota);
                Assert.Equal(("Team 'few' has 3 shards in flight, and its quota is 3.", 5, 3), (why.Reasons[0].Text, why.Waiting, why.InFlight));
                Assert.Contains("3 slots", why.Estimate!.Basis);
            }

            await host.CompleteAsync(await host.ResultAsync(flying[0]));
        }

        Assert.Equal(CampaignState.Succeeded, (await host.EndAsync(id)).State);
        var team = Assert.Single(await host.UseAsync<TeamSettings, IReadOnlyList<TeamStanding>>(teams => teams.ListAsync(Cancel)), t => t.Name == "few");
        Assert.Equal(8 * 0.25, team.Used, 0.001); // what decays in a minute is a two-thousandth
    }

    [Fact]
    public async Task A_spent_budget_fails_the_campaign_and_says_so()
    {
        await using var host = await ToyHost.StartAsync(await FreshAsync(), slots: 0);
        var id = await SubmitAsync(host, new(BudgetHours: 0.4 / 3600), shards: 4);
        // Nothing has ended, so a shard is taken to cost more than the whole budget: one goes.
        var first = await host.UntilAsync("one dispatched shard", async db => await db.Shards.AsNoTracking().FirstOrDefaultAsync(s => s.State == ShardState.Dispatched));
        Assert.Equal(3, await host.QueryAsync(db => db.Shards.CountAsync(s => s.State == ShardState.Pending)));
        await WhyAsync(host, id, WaitCodes.Budget);
        await host.CompleteAsync(await host.ResultAsync(first)); // 0.25 s of 0.4 s
        var second = await host.UntilAsync("the next", async db => await db.Shards.AsNoTracking().FirstOrDefaultAsync(s => s.State == ShardState.Dispatched));
        await host.CompleteAsync(await host.ResultAsync(second));

        var campaign = await host.EndAsync(id);
        Assert.Equal((CampaignState.Failed, FailureClasses.Budget), (campaign.State, campaign.FailureClass));
        Assert.Contains("The budget of", campaign.FailureReason);
        await WhyAsync(host, id, WaitCodes.Ended);
    }

    [Fact]
    public async Task Between_teams_use_decides_and_within_one_priority()
    {
        await using var host = await ToyHost.StartAsync(await FreshAsync(), slots: 0);
        await host.UseAsync<HearWorkers, bool>(async hear => { await hear.AliveAsync("by-hand", Guid.CreateVersion7(), 0, Cancel); return true; }); // nobody takes anything yet
        var low = await SubmitAsync(host, new("a", Priority: -1));
        var high = await SubmitAsync(host, new("a", Priority: 5));
        var other = await SubmitAsync(host, new("b"));
        await host.UntilAsync("all are planned", async db => await db.Shards.CountAsync() == 6 ? "all" : null);
        await ChargeAsync(host, "b", 100);
        await host.UseAsync<HearWorkers, bool>(async hear => { await hear.AliveAsync("by-hand", Guid.CreateVersion7(), 1, Cancel); return true; });

        // One slot has a window of 4: both of high, and team a has then 120 expected device-seconds against 100.
        await host.UntilAsync("a full window", async db => await db.Shards.CountAsync(s => s.State == ShardState.Dispatched) == 4 ? "full" : null);
        var flying = await host.QueryAsync(db => db.Shards.Where(s => s.State == ShardState.Dispatched).GroupBy(s => s.CampaignId).Select(g => new { g.Key, Count = g.Count() }).ToDictionaryAsync(g => g.Key, g => g.Count));
        Assert.Equal((2, 1, 1), (flying[high], flying[other], flying[low]));
        await WhyAsync(host, low, WaitCodes.Window);
    }

    [Fact]
    public async Task A_batch_of_reports_is_judged_one_by_one_and_charged_once()
    {
        await using var host = await ToyHost.StartAsync(await FreshAsync(), slots: 0);
        var id = await SubmitAsync(host, new("a"), shards: 20);
        var reports = await Task.WhenAll((await host.DispatchedAsync(id)).Select(s => host.ResultAsync(s)));
        ShardCompleted[] batch = [.. reports.Skip(1), reports[1], reports[2] with { InputKey = new string('0', 64) }, reports[3] with { ShardId = Guid.CreateVersion7() }, reports[4] with { ResultHash = "none" }];

        var wins = await host.UseAsync<CompleteShard, IReadOnlyList<bool>>(complete => complete.RunAsync(batch, Cancel));

        Assert.Equal([.. Enumerable.Repeat(true, 19), false, false, false, false], wins);
        Assert.All(await host.UseAsync<CompleteShard, IReadOnlyList<bool>>(complete => complete.RunAsync(batch, Cancel)), Assert.False);
        var job = await host.QueryAsync(db => db.Jobs.AsNoTracking().SingleAsync(j => j.CampaignId == id));
        Assert.Equal((1, 19, 19 * 0.25), (job.Remaining, job.ShardsDone, job.DeviceSeconds));
        Assert.Equal(19 * 0.25, (await host.QueryAsync(db => db.Teams.AsNoTracking().SingleAsync(t => t.Name == "a"))).Used, 0.001);
        Assert.Equal([true], await host.UseAsync<CompleteShard, IReadOnlyList<bool>>(complete => complete.RunAsync([reports[0]], Cancel)));
        Assert.Equal(CampaignState.Succeeded, (await host.EndAsync(id)).State);
    }

    [Fact]
    public async Task What_was_sent_to_workers_that_are_gone_is_sent_to_others()
    {
        var clock = new Microsoft.Extensions.Time.Testing.FakeTimeProvider(new DateTimeOffset(2026, 6, 1, 12, 0, 0, TimeSpan.Zero));
        await using var host = await ToyHost.StartAsync(await FreshAsync(), slots: 0, clock: clock);
        await AnnounceAsync(host, new("one", Guid.CreateVersion7(), 1, "portraitgen.shards.one", "cuda", null, null, null, ["toy"]));
        var id = await SubmitAsync(host, new(), device: "cuda", shards: 1);
        await host.UntilAsync("dispatched to either", async db => await db.Shards.FirstOrDefaultAsync(s => s.State == ShardState.Dispatched));
        await host.QueryAsync(db => db.Shards.ExecuteUpdateAsync(set => set.SetProperty(s => s.Queue, "portraitgen.shards.one")));
        clock.Advance(TimeSpan.FromSeconds(61)); // neither was heard of since; the test's own worker is again
        await host.SweepAsync();
        await host.UntilAsync("the second dispatch", async db => await db.Shards.FirstOrDefaultAsync(s => s.State == ShardState.Dispatched && s.Attempt == 2 && s.Queue == ShardQueues.Shards));
        Assert.NotEqual(default, id);
    }

    [Fact]
    public async Task Turn_pause_and_what_is_in_flight_have_their_words()
    {
        await using var host = await ToyHost.StartAsync(await FreshAsync() with { Budgets = RetryBudgets.Default with { FirstPause = TimeSpan.FromSeconds(50) } }, slots: 0);
        var id = await host.StartCampaignAsync(ToyPlan.Spec(jobs: 3, stages: 1, shards: 2));
        var shards = await host.DispatchedAsync(id);
        Assert.Contains("the last 2 of the stage's 2 shards are with workers", (await WhyAsync(host, id, WaitCodes.InFlight)).Reasons[0].Text);
        var last = await host.QueryAsync(db => db.Jobs.AsNoTracking().SingleAsync(j => j.Ordinal == 2));
        var turn = (await host.UseAsync<ExplainWait, WaitExplanation?>(explain => explain.JobAsync(last.Id, Cancel)))!;
        Assert.Equal([WaitCodes.Turn, WaitCodes.InFlight], turn.Reasons.Select(r => r.Code));
        Assert.Contains("'toy-0' comes before it (2 to go)", turn.Reasons[0].Text);

        await host.CompleteAsync(await host.ResultAsync(shards[0]));
        await host.FailAsync(shards[1], "w", Guid.CreateVersion7(), FailureClasses.Infra);
        Assert.Matches("1 of its shards failed and pauses before the next try, which is due in [0-9]+ s", (await WhyAsync(host, id, WaitCodes.Pause)).Reasons[0].Text);
        await host.UseAsync<CancelCampaign, Cancellation>(cancel => cancel.RunAsync(id, "enough", Cancel));
        await host.EndAsync(id);
        await WhyAsync(host, id, WaitCodes.Ended);
    }

    [Fact]
    public async Task Shards_of_a_campaign_that_ended_long_ago_leave_the_tables_for_an_artifact()
    {
        await using var host = await ToyHost.StartAsync(await FreshAsync() with { KeepShards = TimeSpan.Zero }, slots: 2);
        var done = await host.StartCampaignAsync(ToyPlan.Spec(jobs: 2, stages: 2, shards: 3));
        await host.EndAsync(done);
        Assert.Equal(1, await host.UseAsync<ArchiveShards, int>(archive => archive.RunAsync(Cancel)));
        Assert.Equal(0, await host.UseAsync<ArchiveShards, int>(archive => archive.RunAsync(Cancel)));

        Assert.Equal((0, 0), await host.QueryAsync(async db => (await db.Shards.CountAsync(), await db.Attempts.CountAsync())));
        var artifact = await host.QueryAsync(db => db.Artifacts.AsNoTracking().SingleAsync(a => a.Name == ArchiveShards.ArtifactName));
        byte[] bytes = await ((IArtifactStore)host.Services.GetService(typeof(IArtifactStore))!).GetAsync(artifact.Hash, Cancel);
        using var reader = new StreamReader(new System.IO.Compression.GZipStream(new MemoryStream(bytes), System.IO.Compression.CompressionMode.Decompress));
        var lines = (await reader.ReadToEndAsync(Cancel)).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => JsonNode.Parse(l)!).ToList();
        Assert.Equal(12, lines.Count);
        Assert.All(lines, l => Assert.Equal(("succeeded", "succeeded"), (l["state"]!.ToString(), l["runs"]![0]!["outcome"]!.ToString())));
    }

    private static async Task<CampaignId> SubmitAsync(ToyHost host, Claim claim, string? device = null, int shards = 2)
    {
        var spec = ToyPlan.Spec(stages: 1, shards: shards);
        if (device is not null) spec["profile"] = new JsonObject { ["device"] = device };
        return ((Submission.Created)await host.UseAsync<SubmitCampaign, Submission>(submit => submit.RunAsync("toy", "a toy", claim, spec, null, null, Cancel))).Id;
    }

    private static async Task<WaitExplanation> WhyAsync(ToyHost host, CampaignId id, string code)
    {
        var why = await host.UseAsync<ExplainWait, WaitExplanation?>(explain => explain.CampaignAsync(id, Cancel));
        Assert.Equal(code, why!.Reasons[0].Code);
        return why;
    }

    private static Task<bool> AnnounceAsync(ToyHost host, WorkerAlive alive) => host.UseAsync<HearWorkers, bool>(async hear =>
    {
        await hear.AliveAsync(alive, Cancel);
        return true;
    });

    private static Task<bool> ChargeAsync(ToyHost host, string team, double seconds) => host.QueryAsync(async db =>
    {
        var share = new TeamShare(team, DateTimeOffset.UnixEpoch);
        share.Charge(seconds, host.Services.GetService(typeof(TimeProvider)) is TimeProvider clock ? clock.GetUtcNow() : default);
        db.Teams.Add(share);
        await db.SaveChangesAsync(Cancel);
        return true;
    });
}
