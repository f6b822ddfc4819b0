using System.Text.Json.Nodes;
using Microsoft.EntityFrameworkCore;
using PortraitGen.Domain.Artifacts;
using PortraitGen.Domain.Campaigns;
using PortraitGen.Jobs.Data;
using PortraitGen.Jobs.Hosting;
using PortraitGen.Jobs.Messaging;
using PortraitGen.Jobs.Tests.Toys;
using PortraitGen.Jobs.Tests.Upgrade;

namespace PortraitGen.Jobs.Tests.Loop;

/// <summary>Rows that an earlier version left half-way: this one migrates them and goes on to the end.</summary>
public abstract class UpgradeSuite
{
    public static TheoryData<string> Versions
    {
        get
        {
            var data = new TheoryData<string>();
            foreach (string version in FixtureBook.Versions) data.Add(version);
            return data;
        }
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>A fresh, empty database.</summary>
    protected abstract Task<JobsOptions> FreshAsync();

    private async Task<(JobsOptions Options, MemoryStore Store)> OldAsync(FixtureBook book, bool otherEngine)
    {
        var options = await FreshAsync();
        var store = new MemoryStore();
        await book.LoadStoreAsync(store, Cancel);
        var builder = new DbContextOptionsBuilder<JobsDb>();
        if (options.Postgres is { } postgres) Database.UsePostgres(builder, postgres);
        else Database.UseSqlite(builder, Path.Combine(Directory.CreateDirectory(options.DataFolder).FullName, "portraitgen.db"));
        await using var db = new JobsDb(builder.Options);
        await book.LoadAsync(db, Cancel);
        if (otherEngine) await OtherEngineAsync(db);
        return (options, store);
    }

    /// <summary>Keys as an engine before the first would have given them.</summary>
    private static async Task OtherEngineAsync(JobsDb db)
    {
        await using var command = db.Database.GetDbConnection().CreateCommand();
        command.CommandText = "SELECT kind, input, input_key FROM shards WHERE state IN ('Pending', 'Dispatched', 'Running')";
        var keys = new List<(string Old, string New)>();
        await using (var reader = await command.ExecuteReaderAsync(Cancel))
            while (await reader.ReadAsync(Cancel))
                keys.Add((reader.GetString(2), ContentHash.Of(InputKey.Document(reader.GetString(0), 0, (JsonObject)JsonNode.Parse(reader.GetString(1))!)).Hex));
        Assert.NotEmpty(keys);
        foreach (var (was, now) in keys)
        {
            command.CommandText = $"UPDATE shards SET input_key = '{now}' WHERE input_key = '{was}'";
            Assert.Equal(1, await command.ExecuteNonQueryAsync(Cancel));
        }
    }

    [Theory, MemberData(nameof(Versions))]
    public Task An_old_database_is_migrated_and_its_campaign_ends_as_it_would_have(string version) => EndsAsync(version, otherEngine: false);

    [Theory, MemberData(nameof(Versions))]
    public Task Shards_that_another_engine_planned_get_keys_of_this_one_and_go_on(string version) => EndsAsync(version, otherEngine: true);

    private async Task EndsAsync(string version, bool otherEngine)
    {
        var book = FixtureBook.Of(version);
        var (options, store) = await OldAsync(book, otherEngine);
        // On the bus in the process, what is published before the worker has its queue is lost until the sweep: soon, on a busy machine.
        await using var host = await ToyHost.StartAsync(options with { QueuePatience = TimeSpan.FromSeconds(5), SweepEvery = TimeSpan.FromSeconds(1) }, store: store);
        var old = await host.QueryAsync(db => db.Campaigns.AsNoTracking().SingleAsync(Cancel));
        var campaign = await host.EndAsync(old.Id, seconds: 60);
        Assert.True(campaign.State is CampaignState.Succeeded, $"{campaign.State} {campaign.FailureReason}\n{host.Log}");
        Assert.Equal(CanonicalJson.ToText(book.About["spec"]), campaign.Spec);
        var outputs = await host.QueryAsync(db => db.Jobs.OrderBy(j => j.Ordinal).Select(j => j.Output).ToListAsync(Cancel));
        Assert.Equal(book.About["output"]!.GetValue<string>(), outputs[^1]);
        // What was done before the upgrade is not done again.
        Assert.DoesNotContain(host.Handler.Runs.Keys, run => run.Epoch == 0 || run is { Epoch: 1, Stage: 0, Index: 0 });
        Assert.All(await host.QueryAsync(db => db.Shards.AsNoTracking().Where(s => s.Stage == 1).ToListAsync(Cancel)), s => Assert.Equal(ShardState.Succeeded, s.State));
    }

    [Theory, MemberData(nameof(Versions))]
    public async Task An_old_workers_report_of_an_old_shard_is_taken(string version)
    {
        var book = FixtureBook.Of(version);
        var (options, store) = await OldAsync(book, otherEngine: false);
        await using var host = await ToyHost.StartAsync(options, slots: 0, store: store);
        // The rows of each database were recorded in a run of their own: the message is of one of them.
        var shard = await host.QueryAsync(db => db.Shards.AsNoTracking().SingleAsync(s => s.EndedAt == null, Cancel));
        var failed = WireMessages.Read<ShardFailed>(book, "shard-failed.v1") with { ShardId = shard.Id.Value, JobId = shard.JobId.Value };
        var ask = new AskShard(shard.Id.Value, shard.JobId.Value, shard.Attempt + 1, failed.Worker, failed.BootId, false);
        Assert.True((await host.UseAsync<Scheduling.HearWorkers, ShardVerdict>(hear => hear.AnswerAsync(ask, Cancel))).Go);
        await host.UseAsync<Scheduling.FailShard, bool>(async fail =>
        {
            await fail.RunAsync(failed, Cancel);
            return true;
        });
        shard = await host.ShardAsync(shard.Id);
        Assert.Equal((failed.FailureClass, failed.Reason, 1), (shard.FailureClass, shard.FailureReason, shard.Retries));
    }
}
