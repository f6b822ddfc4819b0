using Microsoft.EntityFrameworkCore;
using PortraitGen.Domain.Campaigns;
using PortraitGen.Jobs.Campaigns;
using PortraitGen.Jobs.Data;
using PortraitGen.Jobs.Scheduling;

namespace PortraitGen.Conformance.Tests.Data;

/// <summary>PostgreSQL's own plans: no statement of the hot path may read all shards or all jobs.</summary>
[Collection(nameof(ServerCollection))]
public sealed class IndexUseTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Scheduling_and_pages_read_shards_and_jobs_by_index()
    {
        var seen = new Statements();
        var options = new DbContextOptionsBuilder<JobsDb>();
        Database.UsePostgres(options, await PostgresServer.FreshDatabaseAsync());
        await using var db = new JobsDb(options.AddInterceptors(seen).Options);
        await db.Database.MigrateAsync(Cancel);
        await ManyRows.AddAsync(db, campaigns: 40, shardsEach: 1000, history: 20_000, Cancel);
        var now = TimeProvider.System.GetUtcNow();
        seen.Kept.Clear();

        var state = await new ReadSchedule(db).RunAsync(now, Cancel);
        var waiting = await db.Campaigns.Where(c => c.State == CampaignState.Running).Select(c => c.Id).ToListAsync(Cancel);
        Assert.Equal(40, state.Teams.Count(t => t.IsWaiting));
        var next = await db.NextShardsAsync([.. waiting.Select(id => new Head(id, default, 3))], now, Cancel);
        Assert.Equal(40 * 3, next.Count);
        Assert.All(next.GroupBy(s => s.CampaignId), g => Assert.Equal([0, 1, 2], g.Select(s => s.Index).Order()));
        foreach (var shard in await db.LockShardsAsync([.. next.Take(50).Select(s => s.Id)], Cancel)) shard.Dispatch(1, now, "some");
        await db.SaveTogetherAsync(Cancel);
        await db.LockLiveShardsAsync(waiting[0], Cancel);
        var jobs = new JobQueries(db);
        var page = await jobs.ListAsync(new(), null, 50, Cancel);
        await jobs.ListAsync(new(), page.Next, 50, Cancel);
        await jobs.ListAsync(new(JobState.Succeeded), page.Next, 50, Cancel);

        var read = seen.OfGrowingTables.ToList();
        Assert.True(read.Count >= 9, $"{read.Count} statements");
        Assert.Single(read, k => k.Sql.StartsWith("UPDATE shards", StringComparison.Ordinal));
        foreach (var (sql, parameters) in read)
        {
            string plan = await Statements.PlanAsync(db, sql, parameters, Cancel);
            Assert.DoesNotContain("Seq Scan on shards", plan);
            Assert.DoesNotContain("Seq Scan on jobs", plan);
        }

        var lateral = read.First(k => k.Sql.Contains("LATERAL"));
        Assert.Contains("IX_shards_campaign_id_state_id", await Statements.PlanAsync(db, lateral.Sql, lateral.Parameters, Cancel));
    }
}
