using Microsoft.EntityFrameworkCore;
using PortraitGen.Domain.Campaigns;
using PortraitGen.Jobs.Data;

namespace PortraitGen.Conformance.Tests.Data;

/// <summary>Many rows in one statement, read back by a context that knows nothing of it.</summary>
[Collection(nameof(ServerCollection))]
public sealed class RowsTogetherTests
{
    private static readonly DateTimeOffset Now = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);
    private static readonly Guid Boot = Guid.CreateVersion7();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Rows_that_changed_alike_take_one_statement_and_hold_what_they_should()
    {
        var (seen, options) = await FreshAsync();
        await using (var db = new JobsDb(options.AddInterceptors(seen).Options))
        {
            var shards = await db.Shards.AsTracking().OrderBy(s => s.Index).ToListAsync(Cancel);
            seen.Kept.Clear();
            foreach (var shard in shards.Take(4)) shard.Dispatch(1, Now, shard.Index == 2 ? null : $"queue-{shard.Index}");
            foreach (var shard in shards.Take(3)) db.Attempts.Add(new(Guid.CreateVersion7(), shard.Id, shard.JobId, shard.Index + 1, $"worker '{shard.Index}'", Boot, Now.AddSeconds(shard.Index)));
            await db.SaveTogetherAsync(Cancel);
            await db.SaveTogetherAsync(Cancel); // nothing is left to save
        }

        // The one without a queue changed otherwise, and is saved alone.
        Assert.Equal(["INSERT INTO shard_attempts", "UPDATE shards AS old"], seen.Kept.Where(k => k.Sql.Contains("unnest(")).Select(k => string.Join(' ', k.Sql.Split(' ').Take(k.Sql[0] is 'I' ? 3 : 4))).Order());
        await using var fresh = new JobsDb(options.Options);
        var found = await fresh.Shards.OrderBy(s => s.Index).ToListAsync(Cancel);
        Assert.Equal([ShardState.Dispatched, ShardState.Dispatched, ShardState.Dispatched, ShardState.Dispatched, ShardState.Pending, ShardState.Pending], found.Select(s => s.State));
        Assert.Equal([1, 1, 1, 1, 0, 0], found.Select(s => s.Attempt));
        Assert.Equal(["queue-0", "queue-1", null, "queue-3", null, null], found.Select(s => s.Queue));
        Assert.Equal([Now, Now, Now, Now, null, null], found.Select(s => s.DispatchedAt));
        var runs = await fresh.Attempts.OrderBy(a => a.Attempt).ToListAsync(Cancel);
        Assert.Equal(found.Take(3).Select(s => (s.Id, s.JobId, s.Index + 1, $"worker '{s.Index}'", Boot, Now.AddSeconds(s.Index), (DateTimeOffset?)null, (string?)null)),
            runs.Select(a => (a.ShardId, a.JobId, a.Attempt, a.Worker, a.BootId, a.StartedAt, a.EndedAt, a.Outcome)));
    }

    [Fact]
    public async Task Nulls_and_values_share_a_statement()
    {
        var (seen, options) = await FreshAsync();
        await using (var db = new JobsDb(options.AddInterceptors(seen).Options))
        {
            var shards = await db.Shards.AsTracking().OrderBy(s => s.Index).ToListAsync(Cancel);
            var runs = shards.Take(2).Select(s => new ShardAttempt(Guid.CreateVersion7(), s.Id, s.JobId, s.Index, "worker", Boot, Now)).ToList();
            runs[1].End("succeeded", Now);
            db.Attempts.AddRange(runs);
            await db.SaveTogetherAsync(Cancel);
        }

        Assert.Single(seen.Kept, k => k.Sql.StartsWith("INSERT INTO shard_attempts", StringComparison.Ordinal));
        await using var fresh = new JobsDb(options.Options);
        Assert.Equal([(null, null), (Now, "succeeded")], await fresh.Attempts.OrderBy(a => a.Attempt).Select(a => new ValueTuple<DateTimeOffset?, string?>(a.EndedAt, a.Outcome)).ToListAsync(Cancel));
    }

    [Fact]
    public async Task A_changed_row_that_is_gone_is_an_error_and_nothing_is_kept()
    {
        var (_, options) = await FreshAsync();
        await using (var db = new JobsDb(options.Options))
        await using (await db.BeginWriteAsync(Cancel))
        {
            var shards = await db.Shards.AsTracking().OrderBy(s => s.Index).ToListAsync(Cancel);
            foreach (var shard in shards) shard.Dispatch(1, Now, "queue");
            var gone = shards[3].Id;
            await db.Shards.Where(s => s.Id == gone).ExecuteDeleteAsync(Cancel);
            var error = await Assert.ThrowsAsync<DbUpdateConcurrencyException>(() => db.SaveTogetherAsync(Cancel));
            Assert.Equal("Of 6 rows of shards, 5 were there to be changed.", error.Message);
        }

        await using var fresh = new JobsDb(options.Options);
        Assert.Equal(6, await fresh.Shards.CountAsync(s => s.State == ShardState.Pending, Cancel));
    }

    private static async Task<(Statements Seen, DbContextOptionsBuilder<JobsDb> Options)> FreshAsync()
    {
        var options = new DbContextOptionsBuilder<JobsDb>();
        Database.UsePostgres(options, await PostgresServer.FreshDatabaseAsync());
        await using var db = new JobsDb(options.Options);
        await db.Database.MigrateAsync(Cancel);
        await ManyRows.AddAsync(db, campaigns: 1, shardsEach: 6, history: 0, Cancel);
        return (new(), options);
    }
}
