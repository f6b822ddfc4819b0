using System.Diagnostics;
using System.Text.Json.Nodes;
using PortraitGen.EndToEnd.Tests.Faults;
using PortraitGen.EndToEnd.Tests.Processes;

namespace PortraitGen.EndToEnd.Tests;

/// <summary>kill -9 of the only worker: the work is done again, each death is counted, the checkpoint is the same.</summary>
public sealed class WorkerDeathTests(MicroFixture fixture)
{
    // Long enough for a report that was on its way when the process was frozen.
    private static readonly TimeSpan Settling = TimeSpan.FromMilliseconds(400);
    private static readonly string[] Kinds = ["curate", "invert", "label", "train-reward", "benchmark", "rollout", "score", "gradient", "update"];

    private static readonly string[] Acknowledging = ["invert", "gradient", "update"];

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Killed_in_every_kind_of_shard_while_it_uploads_and_before_it_acknowledges()
    {
        await using var run = await DistributedRun.StartAsync(fixture);
        var left = Kinds.Select(kind => (kind, Moment.Upload)).Concat(Acknowledging.Select(kind => (kind, Moment.Indexed))).ToList();
        await using var points = await KillPoints.StartAsync(run.Place, (kind, _) =>
        {
            int at = left.FindIndex(p => p.kind == kind);
            if (at < 0) return null;
            var moment = left[at].Item2;
            left.RemoveAt(at);
            return moment;
        });
        await run.ObservedAsync(async () =>
        {
            using var done = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
            await run.StartWorkerAsync("mortal", points.Environment);
            var killing = KillAsync(run, points, done.Token);
            var campaign = await run.Campaign.SubmitAsync(Cancel);
            await run.SameHashAsync("killed in every kind", campaign);
            await done.CancelAsync();
            var killed = await killing;

            Assert.Empty(left);
            Assert.Equal(Kinds.Order(), killed.Where(k => k.Moment is Moment.Upload).Select(k => k.Kind).Order());
            Assert.Equal(Acknowledging.Order(), killed.Where(k => k.Moment is Moment.Indexed).Select(k => k.Kind).Order());
            Assert.Equal(Kinds.Length + Acknowledging.Length, await run.Place.CountAsync("SELECT sum(deaths) FROM shards"));
            Assert.Equal(Kinds.Length + Acknowledging.Length, await run.Place.CountAsync("SELECT count(*) FROM shard_attempts WHERE outcome = 'died'"));
            foreach (var (kind, key, _) in killed.Where(k => k.Moment is Moment.Indexed))
                Assert.True(await run.Place.CountAsync("SELECT max(deaths) FROM shards WHERE input_key = @key", ("key", key)) >= 1, $"The death in {kind} was not counted.");
        });
    }

    [Fact]
    public async Task Killed_in_the_middle_of_a_computation()
    {
        await using var run = await DistributedRun.StartAsync(fixture, "mortal");
        await run.ObservedAsync(async () =>
        {
            var campaign = await run.Campaign.SubmitAsync(Cancel);
            var shard = await KillInsideAsync(run, campaign, "rollout");
            await run.StartWorkerAsync("mortal");
            await run.SameHashAsync("killed in rollout", campaign);

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
            var campaign = await run.Campaign.SubmitAsync(Cancel);
            await run.Place.RunningShardAsync(campaign, "rollout");
            await leaver.LeaveAsync(TimeSpan.FromSeconds(30));
            Assert.Equal(0, leaver.ExitCode);
            Assert.Contains("left in good order", leaver.Text());

            await run.StartWorkerAsync("leaver");
            await run.SameHashAsync("left in rollout", campaign);
            Assert.Equal(0, await run.Place.CountAsync("SELECT sum(deaths) FROM shards"));
            Assert.Equal(0, await run.Place.CountAsync("SELECT count(*) FROM shard_attempts WHERE outcome = 'died' OR ended_at IS NULL"));
        });
    }

    [Fact]
    public async Task A_shard_that_costs_three_workers_is_parked_with_its_payload_and_goes_on_when_it_is_redriven()
    {
        await using var run = await DistributedRun.StartAsync(fixture);
        string? poisoned = null;
        int bites = 0;
        await using var points = await KillPoints.StartAsync(run.Place, (kind, key) =>
            kind == "gradient" && bites < 3 && (poisoned ??= key) == key && ++bites > 0 ? Moment.Upload : null);
        await run.ObservedAsync(async () =>
        {
            var worker = await run.StartWorkerAsync("taster", points.Environment);
            var campaign = await run.Campaign.SubmitAsync(Cancel);
            for (int i = 0; i < 3; i++)
            {
                await points.NextAsync(Cancel).WaitAsync(Micro.MicroCampaign.Patience, Cancel);
                await worker.KillAsync();
                worker = await run.StartWorkerAsync("taster", points.Environment);
            }

            var failed = await run.Campaign.UntilAsync(campaign, "failed", Cancel);
            Assert.Equal("poison", failed["campaign"]!["failureClass"]!.GetValue<string>());
            var shard = await run.Campaign.SendAsync(HttpMethod.Get, $"api/shards/{await run.Place.TextAsync("SELECT id::text FROM shards WHERE state = 'Parked'")}", null, Cancel);
            Assert.Equal((poisoned, 3), (shard["shard"]!["inputKey"]!.GetValue<string>(), shard["deaths"]!.GetValue<int>()));
            Assert.NotNull(shard["input"]!["policy"]);
            Assert.Equal(3, shard["runs"]!.AsArray().Count(r => r!["outcome"]!.GetValue<string>() == "died"));

            string job = failed["jobs"]!.AsArray().Single(j => j!["state"]!.GetValue<string>() == "failed")!["id"]!.GetValue<string>();
            await using var redrive = ChildProcess.Start("portraitgen job redrive", "Api", "portraitgen", ["job", "redrive", job, "--server", run.Server.Http.BaseAddress!.ToString()], new Dictionary<string, string?>());
            Assert.True(await redrive.ExitAsync(TimeSpan.FromSeconds(60)) == 0, redrive.Tail());
            await run.SameHashAsync("parked and redriven", campaign);
        });
    }

    /// <summary>Kills the worker wherever it holds still, and starts it anew, until told to stop.</summary>
    private static async Task<List<KillPoint>> KillAsync(DistributedRun run, KillPoints points, CancellationToken stop)
    {
        var killed = new List<KillPoint>();
        try
        {
            while (true)
            {
                killed.Add(await points.NextAsync(stop));
                await run.Workers[^1].KillAsync();
                await run.StartWorkerAsync("mortal", points.Environment);
            }
        }
        catch (OperationCanceledException)
        {
            return killed;
        }
    }

    /// <summary>Freezes the worker while it has a shard of the kind, makes sure that the shard is unfinished, and kills it.</summary>
    private static async Task<Guid> KillInsideAsync(DistributedRun run, Guid campaign, string kind)
    {
        var worker = run.Workers[^1];
        for (var watch = Stopwatch.StartNew(); watch.Elapsed < Micro.MicroCampaign.Patience;)
        {
            var id = await run.Place.RunningShardAsync(campaign, kind);
            worker.Freeze();
            await Task.Delay(Settling, Cancel);
            if (await run.Place.CountAsync("SELECT count(*) FROM shards WHERE id = @id AND state = 'Running'", ("id", id)) == 1)
            {
                await worker.KillAsync();
                return id;
            }

            worker.Thaw(); // it was done just then: the next one of its kind
        }

        throw new TimeoutException($"No shard of kind {kind} was caught in the middle.");
    }
}
