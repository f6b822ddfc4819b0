namespace PortraitGen.EndToEnd.Tests;

/// <summary>kill -9 of <c>portraitgen serve</c>: rows and queues go on where they were, the worker never notices.</summary>
public sealed class ServerDeathTests(MicroFixture fixture)
{
    private const string Publish = "urn:message:portraitgen:run-shard:v1", Advance = "AdvanceAsync";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_server_killed_in_the_middle_of_an_epoch_and_started_again_changes_nothing()
    {
        await using var run = await DistributedRun.StartAsync(fixture, "patient");
        await run.ObservedAsync(async () =>
        {
            var campaign = await run.Campaign.SubmitAsync(Cancel);
            await run.Place.RunningShardAsync(campaign, "rollout", "gradient");
            await run.Server.KillAndRestartAsync();
            await run.SameHashAsync("server killed", campaign);
            await UnmovedAsync(run);
        });
    }

    /// <summary>Each time a wire stands still at the very message, and the server is killed there.</summary>
    [Fact]
    public async Task A_server_killed_between_commit_and_publish_between_publish_and_mark_and_between_completion_and_advance_changes_nothing()
    {
        var place = await Servers.ServerPlace.TakeAsync();
        await using var rabbit = place.ToRabbit();
        await using var postgres = place.ToPostgres();
        await using var run = await DistributedRun.StartAsync(fixture, place, place.Through(rabbit, postgres), Micro.MicroCampaign.Epochs, "patient");
        await run.ObservedAsync(async () =>
        {
            var campaign = await run.Campaign.SubmitAsync(Cancel);
            await run.Place.RunningShardAsync(campaign); // from here on the words below are messages, and no declarations

            await rabbit.HoldAsync(Publish);
            Assert.True(await place.CountAsync("SELECT count(*) FROM shards WHERE state = 'Pending'") > 0, "Nothing was committed.");
            await KillAsync(run, rabbit, postgres);

            await rabbit.HoldAnswersAsync(Publish);
            await Task.Delay(300, Cancel); // for the broker, and the worker behind it
            Assert.True(await place.CountAsync("SELECT count(*) FROM shards WHERE state = 'Pending'") > 0, "The mark was not kept from the row.");
            await KillAsync(run, rabbit, postgres);

            await postgres.HoldAsync(Advance);
            await KillAsync(run, rabbit, postgres);

            await run.SameHashAsync("server killed at three messages", campaign);
            await UnmovedAsync(run);
        });
    }

    /// <summary>Hangfire's lock is a row, which a dead process leaves behind: who comes next must neither wait for long nor give up.</summary>
    [Fact]
    public async Task A_server_killed_while_it_holds_the_lock_of_the_recurring_work_is_followed_by_one_that_starts_and_sweeps()
    {
        const string Locks = "SELECT count(*) FROM hangfire.lock WHERE resource LIKE 'hangfire:lock:recurring-job:%'";
        await using var place = await Servers.ServerPlace.TakeAsync();
        await using var postgres = place.ToPostgres();
        await using var server = await Processes.ServerProcess.StartAsync(fixture.Models, fixture.Fresh(), place.Through(postgres: postgres));

        await postgres.HoldAsync("\"value\" \"Value\""); // when the job is read, the lock is had
        Assert.True(await place.CountAsync(Locks) > 0, "It held no lock.");
        await server.Process.KillAsync();
        postgres.Cut();
        long last = await place.CountAsync("SELECT max(id) FROM hangfire.job");
        await server.RestartAsync();

        await place.UntilAsync($"SELECT count(*) FROM hangfire.job WHERE id > {last} AND statename = 'Succeeded' AND invocationdata->>'Method' = 'SweepAsync'");
    }

    private static async Task KillAsync(DistributedRun run, params Faults.Wire[] wires)
    {
        await run.Server.Process.KillAsync();
        foreach (var wire in wires) wire.Cut();
        await run.Server.RestartAsync();
    }

    private static async Task UnmovedAsync(DistributedRun run)
    {
        Assert.False(run.Workers[0].HasExited);
        Assert.Equal(1, await run.Place.CountAsync("SELECT count(DISTINCT boot_id) FROM shard_attempts"));
        Assert.Equal(0, await run.Place.CountAsync("SELECT sum(deaths) FROM shards"));
    }
}
