using System.Diagnostics;
using System.Text.Json.Nodes;

namespace PortraitGen.EndToEnd.Tests;

/// <summary>kill -9 of the only worker in the middle of a shard: the work is done again, the death is counted, the checkpoint is the same.</summary>
public sealed class WorkerDeathTests(MicroFixture fixture)
{
    // Long enough for a report that was on its way when the process was frozen.
    private static readonly TimeSpan Settling = TimeSpan.FromMilliseconds(400);

    [Theory]
    [InlineData("invert")]
    [InlineData("label")]
    [InlineData("rollout")]
    [InlineData("gradient")]
    public async Task A_worker_killed_in_the_middle_changes_nothing(string kind)
    {
        await using var run = await DistributedRun.StartAsync(fixture, "mortal");
        await run.ObservedAsync(async () =>
        {
            var campaign = await run.Campaign.SubmitAsync(TestContext.Current.CancellationToken);
            var shard = await KillInsideAsync(run, campaign, kind);
            await run.StartWorkerAsync("mortal");
            await run.SameHashAsync($"killed in {kind}", campaign);

            // The rows tell that it really was run twice, and why.
            Assert.Equal(1, await run.Place.CountAsync("SELECT deaths FROM shards WHERE id = @id", ("id", shard)));
            Assert.Equal(1, await run.Place.CountAsync("SELECT count(*) FROM shard_attempts WHERE shard_id = @id AND outcome = 'died'", ("id", shard)));
            Assert.Equal(1, await run.Place.CountAsync("SELECT count(*) FROM shard_attempts WHERE shard_id = @id AND outcome = 'succeeded'", ("id", shard)));
            Assert.Equal(2, await run.Place.CountAsync("SELECT count(DISTINCT boot_id) FROM shard_attempts WHERE shard_id = @id", ("id", shard)));
            Assert.Equal(1, await run.Place.CountAsync("SELECT sum(deaths) FROM shards"));
        });
    }

    [Fact]
    public async Task A_worker_told_to_leave_hands_back_its_shard_and_is_no_death()
    {
        await using var run = await DistributedRun.StartAsync(fixture);
        await run.ObservedAsync(async () =>
        {
            var leaver = await run.StartWorkerAsync("leaver");
            var campaign = await run.Campaign.SubmitAsync(TestContext.Current.CancellationToken);
            await run.Campaign.RunningShardAsync(campaign, Of("rollout"), TestContext.Current.CancellationToken);
            await leaver.LeaveAsync(TimeSpan.FromSeconds(30));
            Assert.Equal(0, leaver.ExitCode);
            Assert.Contains("left in good order", leaver.Text());

            await run.StartWorkerAsync("leaver");
            await run.SameHashAsync("left in rollout", campaign);
            Assert.Equal(0, await run.Place.CountAsync("SELECT sum(deaths) FROM shards"));
            Assert.Equal(0, await run.Place.CountAsync("SELECT count(*) FROM shard_attempts WHERE outcome = 'died' OR ended_at IS NULL"));
        });
    }

    /// <summary>Freezes the worker while it has a shard of the kind, makes sure that the shard is unfinished, and kills it.</summary>
    private static async Task<Guid> KillInsideAsync(DistributedRun run, Guid campaign, string kind)
    {
        var worker = run.Workers[^1];
        for (var watch = Stopwatch.StartNew(); watch.Elapsed < Micro.MicroCampaign.Patience;)
        {
            var seen = await run.Campaign.RunningShardAsync(campaign, Of(kind), TestContext.Current.CancellationToken);
            worker.Freeze();
            await Task.Delay(Settling, TestContext.Current.CancellationToken);
            var id = seen["id"]!.GetValue<Guid>();
            if (await run.Place.CountAsync("SELECT count(*) FROM shards WHERE id = @id AND state = 'Running'", ("id", id)) == 1)
            {
                await worker.KillAsync();
                return id;
            }

            worker.Thaw(); // it was done just then: the next one of its kind
        }

        throw new TimeoutException($"No shard of kind {kind} was caught in the middle.");
    }

    private static Func<JsonNode, bool> Of(string kind) => shard => shard["kind"]!.GetValue<string>() == kind;
}
