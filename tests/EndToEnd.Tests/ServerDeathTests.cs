namespace PortraitGen.EndToEnd.Tests;

/// <summary>kill -9 of <c>portraitgen serve</c> in the middle of an epoch: rows and queues go on where they were, the worker never notices.</summary>
public sealed class ServerDeathTests(MicroFixture fixture)
{
    [Fact]
    public async Task A_server_killed_in_the_middle_of_an_epoch_and_started_again_changes_nothing()
    {
        var cancel = TestContext.Current.CancellationToken;
        await using var run = await DistributedRun.StartAsync(fixture, "patient");
        await run.ObservedAsync(async () =>
        {
            var campaign = await run.Campaign.SubmitAsync(cancel);
            await run.Campaign.RunningShardAsync(campaign, shard => shard["kind"]!.GetValue<string>() is "rollout" or "gradient", cancel);
            await run.Server.KillAndRestartAsync();
            await run.SameHashAsync("server killed", campaign);

            Assert.False(run.Workers[0].HasExited);
            Assert.Equal(1, await run.Place.CountAsync("SELECT count(DISTINCT boot_id) FROM shard_attempts"));
            Assert.Equal(0, await run.Place.CountAsync("SELECT sum(deaths) FROM shards"));
        });
    }
}
