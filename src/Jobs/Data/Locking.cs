using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage;
using PortraitGen.Domain.Campaigns;
using PortraitGen.Domain.Scheduling;

namespace PortraitGen.Jobs.Data;

/// <summary>Write transactions and row locks. PostgreSQL locks rows; SQLite has one writer at a time, which is a lock of everything.</summary>
/// <remarks>FOR NO KEY UPDATE and not FOR UPDATE: adding a row that refers to a locked one (an event of a campaign) must not wait for its lock,
/// or a completion that holds a job and a cancel that holds the campaign wait for each other.</remarks>
public static class Locking
{
    // One writer at a time inside the process waits here in turn; SQLite's own busy wait polls.
    private static readonly System.Collections.Concurrent.ConcurrentDictionary<string, SemaphoreSlim> Writers = new();

    private const long DispatchLock = 7_081_226; // any number that no other advisory lock of the database uses

    /// <summary>Begins a transaction that writes. Dispose without commit rolls back.</summary>
    public static async Task<WriteTransaction> BeginWriteAsync(this JobsDb db, CancellationToken cancel)
    {
        SemaphoreSlim? turn = null;
        if (db.Database.IsSqlite())
        {
            turn = Writers.GetOrAdd(db.Database.GetConnectionString() ?? "", _ => new(1, 1));
            await turn.WaitAsync(cancel);
        }

        try
        {
            return new(await db.Database.BeginTransactionAsync(cancel), turn);
        }
        catch
        {
            turn?.Release();
            throw;
        }
    }

    public static Task<Campaign?> LockCampaignAsync(this JobsDb db, CampaignId id, CancellationToken cancel) =>
        (db.Database.IsSqlite()
            ? db.Campaigns.Where(c => c.Id == id)
            : db.Campaigns.FromSql($"SELECT * FROM campaigns WHERE id = {id.Value} FOR NO KEY UPDATE")).AsTracking().SingleOrDefaultAsync(cancel);

    public static Task<Job?> LockJobAsync(this JobsDb db, JobId id, CancellationToken cancel) =>
        (db.Database.IsSqlite()
            ? db.Jobs.Where(j => j.Id == id)
            : db.Jobs.FromSql($"SELECT * FROM jobs WHERE id = {id.Value} FOR NO KEY UPDATE")).AsTracking().SingleOrDefaultAsync(cancel);

    /// <summary>The jobs of a campaign that have not ended, in their order.</summary>
    public static Task<List<Job>> LockLiveJobsAsync(this JobsDb db, CampaignId id, CancellationToken cancel) =>
        (db.Database.IsSqlite()
            ? db.Jobs.Where(j => j.CampaignId == id && (j.State == JobState.Planned || j.State == JobState.Running)).OrderBy(j => j.Ordinal)
            : db.Jobs.FromSql($"SELECT * FROM jobs WHERE campaign_id = {id.Value} AND state IN ('Planned', 'Running') ORDER BY ordinal FOR NO KEY UPDATE"))
        .AsTracking().ToListAsync(cancel);

    /// <summary>All jobs of a campaign, in their order.</summary>
    public static Task<List<Job>> LockJobsAsync(this JobsDb db, CampaignId id, CancellationToken cancel) =>
        (db.Database.IsSqlite()
            ? db.Jobs.Where(j => j.CampaignId == id).OrderBy(j => j.Ordinal)
            : db.Jobs.FromSql($"SELECT * FROM jobs WHERE campaign_id = {id.Value} ORDER BY ordinal FOR NO KEY UPDATE")).AsTracking().ToListAsync(cancel);

    /// <summary>All shards of one stage of a job.</summary>
    public static Task<List<Shard>> LockStageAsync(this JobsDb db, JobId id, int stage, CancellationToken cancel) =>
        (db.Database.IsSqlite()
            ? db.Shards.Where(s => s.JobId == id && s.Stage == stage)
            : db.Shards.FromSql($"SELECT * FROM shards WHERE job_id = {id.Value} AND stage = {stage} ORDER BY id FOR NO KEY UPDATE")).AsTracking().ToListAsync(cancel);

    public static Task<Shard?> LockShardAsync(this JobsDb db, ShardId id, CancellationToken cancel) =>
        (db.Database.IsSqlite()
            ? db.Shards.Where(s => s.Id == id)
            : db.Shards.FromSql($"SELECT * FROM shards WHERE id = {id.Value} FOR NO KEY UPDATE")).AsTracking().SingleOrDefaultAsync(cancel);

    /// <summary>The shards of a campaign that have not ended.</summary>
    public static Task<List<Shard>> LockLiveShardsAsync(this JobsDb db, CampaignId id, CancellationToken cancel) =>
        (db.Database.IsSqlite()
            ? db.Shards.Where(s => s.CampaignId == id && (s.State == ShardState.Pending || s.State == ShardState.Dispatched || s.State == ShardState.Running))
            : db.Shards.FromSql($"SELECT * FROM shards WHERE campaign_id = {id.Value} AND state IN ('Pending', 'Dispatched', 'Running') ORDER BY id FOR NO KEY UPDATE"))
        .AsTracking().ToListAsync(cancel);

    /// <summary>The shards with these ids.</summary>
    public static Task<List<Shard>> LockShardsAsync(this JobsDb db, ShardId[] ids, CancellationToken cancel)
    {
        var values = ids.Select(id => id.Value).ToArray();
        return (db.Database.IsSqlite()
            ? db.Shards.Where(s => ids.Contains(s.Id))
            : db.Shards.FromSql($"SELECT * FROM shards WHERE id = ANY ({values}) ORDER BY id FOR NO KEY UPDATE")).AsTracking().ToListAsync(cancel);
    }

    /// <summary>The jobs with these ids.</summary>
    public static Task<List<Job>> LockJobsAsync(this JobsDb db, JobId[] ids, CancellationToken cancel)
    {
        var values = ids.Select(id => id.Value).ToArray();
        return (db.Database.IsSqlite()
            ? db.Jobs.Where(j => ids.Contains(j.Id))
            : db.Jobs.FromSql($"SELECT * FROM jobs WHERE id = ANY ({values}) ORDER BY id FOR NO KEY UPDATE")).AsTracking().ToListAsync(cancel);
    }

    /// <summary>The teams with these names, those that are there.</summary>
    public static Task<List<TeamShare>> LockTeamsAsync(this JobsDb db, string[] names, CancellationToken cancel) =>
        (db.Database.IsSqlite()
            ? db.Teams.Where(t => names.Contains(t.Name))
            : db.Teams.FromSql($"SELECT * FROM teams WHERE name = ANY ({names}) ORDER BY name FOR NO KEY UPDATE")).AsTracking().ToListAsync(cancel);

    public static Task<WorkerRecord?> LockWorkerAsync(this JobsDb db, string name, CancellationToken cancel) =>
        (db.Database.IsSqlite()
            ? db.Workers.Where(w => w.Name == name)
            : db.Workers.FromSql($"SELECT * FROM workers WHERE name = {name} FOR NO KEY UPDATE")).AsTracking().SingleOrDefaultAsync(cancel);

    /// <summary>Adds the row of a worker unless another message of it does so first; then returns when that one is committed.</summary>
    public static Task<int> AddWorkerOnceAsync(this JobsDb db, WorkerRecord worker, CancellationToken cancel)
    {
        object now = db.Database.IsSqlite() ? worker.StartedAt.UtcTicks : worker.StartedAt.ToUniversalTime(); // as the model's converters store it
        return db.Database.ExecuteSqlAsync($"""
            INSERT INTO workers (name, boot_id, slots, started_at, last_seen) VALUES ({worker.Name}, {worker.BootId}, {worker.Slots}, {now}, {now})
            ON CONFLICT (name) DO NOTHING
            """, cancel);
    }

    /// <summary>The first job of the campaign that has not ended, as it was a moment ago.</summary>
    public static Task<Job?> CurrentJobAsync(this JobsDb db, CampaignId id, CancellationToken cancel) =>
        db.Jobs.AsNoTracking().Where(j => j.CampaignId == id && (j.State == JobState.Planned || j.State == JobState.Running))
            .OrderBy(j => j.Ordinal).FirstOrDefaultAsync(cancel);

    /// <summary>Only one dispatcher of all orchestrators chooses and publishes at a time, so that none publishes what another just did.</summary>
    /// <remarks>SQLite serves one process, which has one dispatcher.</remarks>
    public static async Task<DispatchTurn> LockDispatchAsync(this JobsDb db, CancellationToken cancel)
    {
        if (db.Database.IsSqlite()) return new(null);
        var transaction = await db.Database.BeginTransactionAsync(cancel);
        await db.Database.ExecuteSqlAsync($"SELECT pg_advisory_xact_lock({DispatchLock})", cancel);
        return new(transaction);
    }
}

/// <summary>The right to dispatch, held until disposed.</summary>
public sealed class DispatchTurn(IDbContextTransaction? transaction) : IAsyncDisposable
{
    /// <summary>The transaction that marks what was published: the one that holds the right, where there is one.</summary>
    public async Task<WriteTransaction> BeginWriteAsync(JobsDb db, CancellationToken cancel) =>
        transaction is null ? await db.BeginWriteAsync(cancel) : new(transaction, null);

    public ValueTask DisposeAsync() => transaction?.DisposeAsync() ?? default;
}

/// <summary>A write transaction and, on SQLite, the writer's turn.</summary>
public sealed class WriteTransaction(IDbContextTransaction transaction, SemaphoreSlim? turn) : IAsyncDisposable
{
    private SemaphoreSlim? _turn = turn;

    public async Task CommitAsync(CancellationToken cancel)
    {
        await transaction.CommitAsync(cancel);
    }

    public async ValueTask DisposeAsync()
    {
        await transaction.DisposeAsync();
        Interlocked.Exchange(ref _turn, null)?.Release();
    }
}
