using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using PortraitGen.Domain.Campaigns;
using PortraitGen.Jobs.Hosting;
using PortraitGen.Jobs.Messaging;
using PortraitGen.Jobs.Scheduling;
using PortraitGen.Jobs.Tests.Toys;

namespace PortraitGen.Jobs.Tests.Loop;

/// <summary>What workers say, many times at once: first words, questions, a new start.</summary>
public abstract class WorkerRaceSuite
{
    private const int Callers = 16;
    private static readonly DateTimeOffset Noon = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);

    protected abstract Task<JobsOptions> FreshAsync();

    private static Task<T[]> AllAsync<T>(Func<int, Task<T>> call) => Task.WhenAll(Enumerable.Range(0, Callers).Select(call));

    private static Task<bool> AliveAsync(ToyHost host, string worker, Guid boot) => host.UseAsync<HearWorkers, bool>(async hear =>
    {
        await hear.AliveAsync(new WorkerAlive(worker, boot, 2, "a-queue", "cpu"), CancellationToken.None);
        return true;
    });

    [Fact]
    public async Task First_words_of_a_worker_that_come_at_once_make_one_row_and_no_error()
    {
        await using var host = await ToyHost.StartAsync(await FreshAsync(), slots: 0);
        var id = await host.StartCampaignAsync(ToyPlan.Spec(shards: 1));
        var shard = (await host.DispatchedAsync(id))[0];
        for (int round = 0; round < 4; round++)
        {
            var (worker, boot) = ($"w{round}", Guid.CreateVersion7(Noon));
            await AllAsync(async i => i % 4 == 0 ? (await host.AskAsync(shard, worker, boot)).Go : await AliveAsync(host, worker, boot));
            var row = await host.QueryAsync(db => db.Workers.AsNoTracking().SingleAsync(w => w.Name == worker));
            Assert.Equal((boot, 2, "a-queue"), (row.BootId, row.Slots, row.Queue));
        }

        Assert.DoesNotContain(host.Log.Lines, line => line.Level >= LogLevel.Error);
    }

    [Fact]
    public async Task Of_sixteen_workers_that_ask_for_one_shard_exactly_one_may_go()
    {
        await using var host = await ToyHost.StartAsync(await FreshAsync(), slots: 0);
        var id = await host.StartCampaignAsync(ToyPlan.Spec(shards: 3));
        foreach (var shard in await host.DispatchedAsync(id))
        {
            var boots = Enumerable.Range(0, Callers).Select(_ => Guid.CreateVersion7(Noon)).ToArray();
            var verdicts = await AllAsync(i => host.AskAsync(shard, $"{shard.Index}.{i}", boots[i]));

            int winner = Array.FindIndex(verdicts, v => v.Go);
            Assert.Equal(Callers - 1, verdicts.Count(v => v is { Go: false } && v.Reason.Contains("it runs on", StringComparison.Ordinal)));
            var after = await host.ShardAsync(shard.Id);
            Assert.Equal((ShardState.Running, boots[winner], $"{shard.Index}.{winner}"), (after.State, after.BootId!.Value, after.Worker));
            Assert.Equal(boots[winner], (await host.QueryAsync(db => db.Attempts.AsNoTracking().SingleAsync(a => a.ShardId == shard.Id))).BootId);
        }
    }

    [Fact]
    public async Task A_question_asked_sixteen_times_begins_one_run()
    {
        await using var host = await ToyHost.StartAsync(await FreshAsync(), slots: 0);
        var id = await host.StartCampaignAsync(ToyPlan.Spec(shards: 1));
        var shard = (await host.DispatchedAsync(id))[0];
        var boot = Guid.CreateVersion7(Noon);

        Assert.All(await AllAsync(_ => host.AskAsync(shard, "w", boot)), v => Assert.True(v.Go));

        Assert.Equal(1, await host.QueryAsync(db => db.Attempts.CountAsync()));
    }

    [Fact]
    public async Task A_new_start_heard_of_sixteen_times_buries_the_old_one_once()
    {
        await using var host = await ToyHost.StartAsync(await FreshAsync(), slots: 0);
        var id = await host.StartCampaignAsync(ToyPlan.Spec(shards: 4));
        var shards = await host.DispatchedAsync(id);
        foreach (var shard in shards) await host.AskAsync(shard, "w", Guid.Parse("01890000-0000-7000-8000-000000000002"));

        var boot = Guid.CreateVersion7(Noon);
        await AllAsync(_ => AliveAsync(host, "w", boot));

        foreach (var shard in shards) Assert.Equal(1, (await host.ShardAsync(shard.Id)).Deaths);
        Assert.Equal(4, (await host.EventsAsync(id)).Count(e => e.Kind == EventKinds.ShardRetried));
    }
}
