using Microsoft.EntityFrameworkCore;
using PortraitGen.Domain.Campaigns;
using PortraitGen.Jobs.Data;

namespace PortraitGen.Jobs.Campaigns;

/// <summary>What a list of jobs is narrowed to; null narrows nothing.</summary>
public sealed record JobFilter(JobState? State = null, string? Kind = null, CampaignId? Campaign = null);

/// <summary>A place in the shards of a job.</summary>
public readonly record struct ShardCursor(int Stage, int Index);

/// <summary>Jobs and shards for people.</summary>
public sealed class JobQueries(JobsDb db)
{
    /// <summary>Newest first.</summary>
    public async Task<Page<Job, JobId>> ListAsync(JobFilter filter, JobId? after, int limit, CancellationToken cancel)
    {
        limit = PageLimits.Clamp(limit);
        var query = db.Jobs.AsNoTracking();
        if (filter.State is { } state) query = query.Where(j => j.State == state);
        if (filter.Kind is { } kind) query = query.Where(j => j.Kind == kind);
        if (filter.Campaign is { } campaign) query = query.Where(j => j.CampaignId == campaign);
        if (after is { } cursor) query = query.Where(j => j.Id < cursor);
        var read = await query.OrderByDescending(j => j.Id).Take(limit + 1).ToListAsync(cancel);
        return Page<Job, JobId>.Cut(read, limit, j => j.Id);
    }

    public Task<Job?> FindAsync(JobId id, CancellationToken cancel) => db.Jobs.AsNoTracking().FirstOrDefaultAsync(j => j.Id == id, cancel);

    /// <summary>By stage and index.</summary>
    public async Task<Page<Shard, ShardCursor>> ShardsAsync(JobId id, ShardCursor? after, int limit, CancellationToken cancel)
    {
        limit = PageLimits.Clamp(limit);
        var query = db.Shards.AsNoTracking().Where(s => s.JobId == id);
        if (after is { } cursor) query = query.Where(s => s.Stage > cursor.Stage || (s.Stage == cursor.Stage && s.Index > cursor.Index));
        var read = await query.OrderBy(s => s.Stage).ThenBy(s => s.Index).Take(limit + 1).ToListAsync(cancel);
        return Page<Shard, ShardCursor>.Cut(read, limit, s => new(s.Stage, s.Index));
    }

    public Task<Shard?> FindShardAsync(ShardId id, CancellationToken cancel) => db.Shards.AsNoTracking().FirstOrDefaultAsync(s => s.Id == id, cancel);

    /// <summary>Every run of a shard, oldest first.</summary>
    public Task<List<ShardAttempt>> AttemptsAsync(ShardId id, CancellationToken cancel) =>
        db.Attempts.AsNoTracking().Where(a => a.ShardId == id).OrderBy(a => a.StartedAt).ToListAsync(cancel);
}
