using Microsoft.EntityFrameworkCore;
using PortraitGen.Domain.Artifacts;
using PortraitGen.Domain.Campaigns;
using PortraitGen.Domain.Curation;
using PortraitGen.Jobs.Campaigns;
using PortraitGen.Jobs.Data;

namespace PortraitGen.Jobs.Curation;

/// <summary>A batch and how many of its files are in each state.</summary>
public sealed record BatchSummary(Batch Batch, int Photos, int Accepted, int Rejected);

/// <summary>Batches and dataset versions for people, newest first.</summary>
public sealed class CurationQueries(JobsDb db)
{
    public async Task<Page<BatchSummary, BatchId>> BatchesAsync(BatchId? after, int limit, CancellationToken cancel)
    {
        limit = PageLimits.Clamp(limit);
        var query = db.Batches.AsNoTracking();
        if (after is { } cursor) query = query.Where(b => b.Id < cursor);
        var batches = await query.OrderByDescending(b => b.Id).Take(limit + 1).ToListAsync(cancel);
        var ids = batches.Select(b => b.Id).ToList();
        var counts = await db.Photos.Where(p => ids.Contains(p.BatchId)).GroupBy(p => new { p.BatchId, p.State })
            .Select(g => new { g.Key.BatchId, g.Key.State, Count = g.Count() }).ToListAsync(cancel);
        return Page<BatchSummary, BatchId>.Cut([.. batches.Select(b => new BatchSummary(b, Of(b.Id, null), Of(b.Id, PhotoState.Accepted), Of(b.Id, PhotoState.Rejected)))],
            limit, b => b.Batch.Id);

        int Of(BatchId id, PhotoState? state) => counts.Where(c => c.BatchId == id && (state is null || c.State == state)).Sum(c => c.Count);
    }

    public Task<Batch?> FindBatchAsync(BatchId id, CancellationToken cancel) => db.Batches.AsNoTracking().FirstOrDefaultAsync(b => b.Id == id, cancel);

    /// <summary>By name; after <paramref name="after"/> when it is given.</summary>
    public async Task<IReadOnlyList<Photo>> PhotosAsync(BatchId id, string? after, int limit, CancellationToken cancel)
    {
        var query = db.Photos.AsNoTracking().Where(p => p.BatchId == id);
        if (after is not null) query = query.Where(p => string.Compare(p.Name, after) > 0);
        return await query.OrderBy(p => p.Name).Take(PageLimits.Clamp(limit)).ToListAsync(cancel);
    }

    public async Task<Page<DatasetVersion, Guid>> DatasetsAsync(string? name, Guid? after, int limit, CancellationToken cancel)
    {
        limit = PageLimits.Clamp(limit);
        var query = db.Datasets.AsNoTracking();
        if (name is not null) query = query.Where(d => d.Name == name);
        if (after is { } cursor) query = query.Where(d => d.Id.CompareTo(cursor) < 0);
        return Page<DatasetVersion, Guid>.Cut(await query.OrderByDescending(d => d.Id).Take(limit + 1).ToListAsync(cancel), limit, d => d.Id);
    }

    /// <summary>The version of a hash, or the newest one of a name.</summary>
    public Task<DatasetVersion?> FindDatasetAsync(string nameOrHash, CancellationToken cancel)
    {
        var query = ContentHash.TryParse(nameOrHash, out var hash) ? db.Datasets.Where(d => d.Hash == hash) : db.Datasets.Where(d => d.Name == nameOrHash);
        return query.AsNoTracking().OrderByDescending(d => d.Id).FirstOrDefaultAsync(cancel);
    }
}
