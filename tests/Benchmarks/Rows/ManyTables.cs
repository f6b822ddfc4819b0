using Hangfire;
using Hangfire.InMemory;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging.Abstractions;
using PortraitGen.Conformance.Tests.Data;
using PortraitGen.Domain.Campaigns;
using PortraitGen.Jobs.Campaigns;
using PortraitGen.Jobs.Data;
using PortraitGen.Jobs.Messaging;
using PortraitGen.Jobs.Scheduling;

namespace PortraitGen.Benchmarks.Rows;

/// <summary>A PostgreSQL database with many jobs that ended and as many shards that wait, and what the product asks of it.</summary>
internal sealed class ManyTables(string postgres, int rows)
{
    private const int Campaigns = 40, Page = 50;
    private static readonly Jobs.Scheduling.Orchestration Wakes = new(new BackgroundJobClient(new InMemoryStorage()), new DispatchSignal());
    private JobId _middle;

    public int Rows => rows;

    public static async Task<ManyTables> FillAsync(string postgres, int rows, CancellationToken cancel)
    {
        var tables = new ManyTables(postgres, rows);
        await using var db = tables.Open();
        await db.Database.MigrateAsync(cancel);
        await ManyRows.AddAsync(db, Campaigns, rows / Campaigns, history: rows, cancel);
        db.Workers.Add(new("bench", Guid.CreateVersion7(), rows, TimeProvider.System.GetUtcNow().AddDays(1))); // heard of for as long as this takes
        await db.SaveChangesAsync(cancel);
        await db.Database.ExecuteSqlRawAsync("VACUUM (ANALYZE)", cancel); // now, and not by the server itself in the middle of a round
        await db.Database.ExecuteSqlRawAsync("CHECKPOINT", cancel);
        tables._middle = await db.Jobs.OrderBy(j => j.Id).Select(j => j.Id).Skip(rows / 2).FirstAsync(cancel);
        return tables;
    }

    /// <summary>What the dispatcher reads before it decides, and the shards of its decision.</summary>
    public async Task ReadAsync(CancellationToken cancel)
    {
        await using var db = Open();
        var now = TimeProvider.System.GetUtcNow();
        var state = await new ReadSchedule(db).RunAsync(now, cancel);
        if (state.Teams.Count(t => t.IsWaiting) != Campaigns) throw new InvalidOperationException($"{state.Teams.Count} teams, not {Campaigns}.");
        var waiting = await db.Campaigns.Where(c => c.State == CampaignState.Running).Select(c => c.Id).ToListAsync(cancel);
        await db.NextShardsAsync([.. waiting.Select(id => new Head(id, default, 6))], now, cancel);
    }

    /// <summary>A whole turn, marks included; what it publishes goes nowhere.</summary>
    public async Task DispatchAsync(CancellationToken cancel)
    {
        await using var db = Open();
        var dispatch = new DispatchShards(db, new ReadSchedule(db), new Nobody(), Wakes, TimeProvider.System, NullLogger<DispatchShards>.Instance);
        if (await dispatch.RunAsync(cancel) != 256) throw new InvalidOperationException("It did not dispatch a full turn.");
    }

    public Task FirstPageAsync(CancellationToken cancel) => ListAsync(new(), null, cancel);

    public Task MiddlePageAsync(CancellationToken cancel) => ListAsync(new(), _middle, cancel);

    public Task SucceededPageAsync(CancellationToken cancel) => ListAsync(new(JobState.Succeeded), null, cancel);

    /// <summary>How PostgreSQL reads <c>shards</c> and <c>jobs</c> for all of it.</summary>
    public async Task<IReadOnlyList<string>> PlansAsync(CancellationToken cancel)
    {
        var seen = new Statements();
        await using var db = Open(seen);
        var now = TimeProvider.System.GetUtcNow();
        await new ReadSchedule(db).RunAsync(now, cancel);
        var next = await db.NextShardsAsync([new Head((await db.Campaigns.FirstAsync(c => c.State == CampaignState.Running, cancel)).Id, default, 6)], now, cancel);
        await db.LockShardsAsync([.. next.Select(s => s.Id)], cancel);
        await new JobQueries(db).ListAsync(new(), _middle, Page, cancel);
        await new JobQueries(db).ListAsync(new(JobState.Succeeded), null, Page, cancel);
        var plans = new List<string>();
        foreach (var (sql, parameters) in seen.OfGrowingTables.ToList())
            plans.Add($"{sql.ReplaceLineEndings(" ")}\n{await Statements.PlanAsync(db, sql, parameters, cancel)}");
        return plans;
    }

    private async Task ListAsync(JobFilter filter, JobId? after, CancellationToken cancel)
    {
        await using var db = Open();
        var page = await new JobQueries(db).ListAsync(filter, after, Page, cancel);
        if (page.Items.Count != Page) throw new InvalidOperationException($"{page.Items.Count} jobs on a page.");
    }

    private JobsDb Open(Statements? seen = null)
    {
        var options = new DbContextOptionsBuilder<JobsDb>();
        Database.UsePostgres(options, postgres);
        if (seen is not null) options.AddInterceptors(seen);
        return new(options.Options);
    }

    private sealed class Nobody : IShardBus
    {
        public bool QueuesOutliveProcess => true;

        public Task RunAsync(RunShard shard, string queue, CancellationToken cancel) => Task.CompletedTask;

        public Task StopAsync(StopShards stop, CancellationToken cancel) => Task.CompletedTask;
    }
}
