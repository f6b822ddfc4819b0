using PortraitGen.EndToEnd.Tests.Faults;
using PortraitGen.EndToEnd.Tests.Processes;

namespace PortraitGen.EndToEnd.Tests;

/// <summary>Servers end and come back in the middle of a campaign; links break; workers stand still.</summary>
public sealed class OutageTests(MicroFixture fixture)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("rabbitmq")]
    [InlineData("postgres")]
    [InlineData("s3")]
    public async Task A_server_that_is_killed_and_comes_back_changes_nothing(string server)
    {
        await using var run = await DistributedRun.StartAsync(fixture, "one", "two");
        await run.ObservedAsync(async () =>
        {
            var campaign = await run.Campaign.SubmitAsync(Cancel);
            await run.Place.RunningShardAsync(campaign, "rollout");
            await Outage.RestartAsync(server);
            await run.SameHashAsync($"{server} restarted", campaign);

            Assert.All(run.Workers, worker => Assert.False(worker.HasExited)); // a healthy worker outlives its servers
            Assert.False(run.Server.Process.HasExited);
            Assert.Equal(0, await run.Place.CountAsync("SELECT sum(deaths) FROM shards"));
        });
    }

    /// <summary>The only worker has computed and cannot reach the bus any more; the shard is not done anew but reported when it can.</summary>
    [Fact]
    public async Task A_worker_whose_bus_is_away_finishes_its_shard_and_reports_later()
    {
        var place = await Servers.ServerPlace.TakeAsync();
        await using var rabbit = place.ToRabbit();
        await using var run = await DistributedRun.StartAsync(fixture, place, null, Micro.MicroCampaign.Epochs);
        await run.ObservedAsync(async () =>
        {
            var far = await run.StartWorkerAsync("far", place.Through(rabbit));
            var campaign = await run.Campaign.SubmitAsync(Cancel);
            var shard = await run.Place.RunningShardAsync(campaign, "rollout");
            await rabbit.HoldAsync("portraitgen.shard-completed.v1");
            await Task.Delay(1000, Cancel);
            rabbit.Cut(); // it connects anew and says it again
            await run.SameHashAsync("reported later", campaign);
            Assert.False(far.HasExited);
            Assert.Equal(0, await place.CountAsync("SELECT sum(deaths) FROM shards"));
            Assert.Equal(1, await place.CountAsync("SELECT count(*) FROM shard_attempts WHERE shard_id = @id", ("id", shard)));
        });
    }

    /// <summary>SIGSTOP past the heartbeat, then SIGCONT. Its shard is done by another meanwhile; what it says afterwards changes nothing.</summary>
    [Fact]
    public async Task A_worker_that_stood_still_past_its_heartbeat_changes_nothing_when_it_goes_on()
    {
        await using var place = await Servers.ServerPlace.TakeAsync();
        await using var server = await HostedServer.StartAsync(fixture.Models, fixture.Fresh(), place.Environment,
            jobs => jobs with { HeartbeatPatience = TimeSpan.FromSeconds(3), SweepEvery = TimeSpan.FromSeconds(1) });
        int held = 0;
        await using var points = await KillPoints.StartAsync(place, (kind, _) => kind == "rollout" && held++ == 0 ? Moment.Upload : null);
        await using var zombie = await WorkerProcess.StartAsync("zombie", fixture.Fresh(), points.Environment);
        var campaign = new Micro.MicroCampaign(server.Http);
        var id = await campaign.SubmitAsync(Cancel);
        var point = await points.NextAsync(Cancel).WaitAsync(Micro.MicroCampaign.Patience, Cancel);
        zombie.Freeze();
        await using var heir = await WorkerProcess.StartAsync("heir", fixture.Fresh(), place.Environment);
        await place.UntilAsync("SELECT count(*) FROM shards WHERE input_key = @key AND state = 'Succeeded' AND worker = 'heir'", ("key", point.Key));
        points.Release();
        zombie.Thaw();
        var result = await campaign.FinishAsync(id, Cancel);

        await Oracle.HoldsAsync(place, server.Http, id, result, await fixture.EmbeddedHashAsync());
        Assert.False(zombie.HasExited, zombie.Tail());
        Assert.Equal(0, await place.CountAsync("SELECT sum(deaths) FROM shards"));
        await place.UntilAsync("SELECT count(*) FROM shard_attempts WHERE worker = 'zombie' AND outcome = 'succeeded' AND shard_id = (SELECT id FROM shards WHERE input_key = @key LIMIT 1)", ("key", point.Key));
    }

    [Fact]
    public async Task A_paused_campaign_frees_the_device_and_ends_with_the_same_checkpoint_after_its_resume()
    {
        await using var run = await DistributedRun.StartAsync(fixture, "one");
        await run.ObservedAsync(async () =>
        {
            var campaign = await run.Campaign.SubmitAsync(Cancel);
            await run.Place.RunningShardAsync(campaign, "rollout");
            await run.Campaign.SendAsync(HttpMethod.Post, $"api/campaigns/{campaign}/pause", null, Cancel);
            await run.Place.UntilAsync("SELECT count(*) FROM campaigns WHERE state = 'Paused' AND NOT EXISTS (SELECT 1 FROM shards WHERE state IN ('Running', 'Dispatched'))");
            long done = await run.Place.CountAsync("SELECT count(*) FROM shards WHERE state = 'Succeeded'");
            await Task.Delay(2500, Cancel); // the dispatcher looks every two seconds
            Assert.Equal(done, await run.Place.CountAsync("SELECT count(*) FROM shards WHERE state = 'Succeeded'"));
            await run.Campaign.SendAsync(HttpMethod.Post, $"api/campaigns/{campaign}/resume", null, Cancel);
            await run.SameHashAsync("paused and resumed", campaign);
            Assert.Equal(0, await run.Place.CountAsync("SELECT sum(deaths) + sum(retries) FROM shards"));
        });
    }
}
