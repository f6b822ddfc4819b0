using Microsoft.EntityFrameworkCore;
using PortraitGen.Domain.Campaigns;
using PortraitGen.Jobs.Data;

namespace PortraitGen.Jobs.Campaigns;

/// <summary>What a list of campaigns is narrowed to; null narrows nothing.</summary>
public sealed record CampaignFilter(CampaignState? State = null, string? Kind = null, string? Team = null);

/// <summary>Campaigns for people, newest first.</summary>
public sealed class CampaignQueries(JobsDb db)
{
    public async Task<Page<Campaign, CampaignId>> ListAsync(CampaignFilter filter, CampaignId? after, int limit, CancellationToken cancel)
    {
        limit = PageLimits.Clamp(limit);
        var query = db.Campaigns.AsNoTracking();
        if (filter.State is { } state) query = query.Where(c => c.State == state);
        if (filter.Kind is { } kind) query = query.Where(c => c.Kind == kind);
        if (filter.Team is { } team) query = query.Where(c => c.Team == team);
        if (after is { } cursor) query = query.Where(c => c.Id < cursor);
        var read = await query.OrderByDescending(c => c.Id).Take(limit + 1).ToListAsync(cancel);
        return Page<Campaign, CampaignId>.Cut(read, limit, c => c.Id);
    }

    public Task<Campaign?> FindAsync(CampaignId id, CancellationToken cancel) =>
        db.Campaigns.AsNoTracking().FirstOrDefaultAsync(c => c.Id == id, cancel);

    /// <summary>All jobs of a campaign, in the order in which they run.</summary>
    public Task<List<Job>> JobsAsync(CampaignId id, CancellationToken cancel) =>
        db.Jobs.AsNoTracking().Where(j => j.CampaignId == id).OrderBy(j => j.Ordinal).ToListAsync(cancel);

    /// <summary>Events after number <paramref name="after"/> (0 for all), oldest first.</summary>
    public Task<List<CampaignEvent>> EventsAsync(CampaignId id, long after, int limit, CancellationToken cancel)
    {
        limit = PageLimits.Clamp(limit);
        return db.Events.AsNoTracking().Where(e => e.CampaignId == id && e.Number > after).OrderBy(e => e.Number).Take(limit).ToListAsync(cancel);
    }

    /// <summary>The campaign's curves, by series and step; one series when <paramref name="series"/> is given.</summary>
    public Task<List<MetricPoint>> MetricsAsync(CampaignId id, string? series, CancellationToken cancel)
    {
        var query = db.Metrics.AsNoTracking().Where(m => m.CampaignId == id);
        if (series is not null) query = query.Where(m => m.Series == series);
        return query.OrderBy(m => m.Series).ThenBy(m => m.Step).ToListAsync(cancel);
    }

    public Task<List<CampaignArtifact>> ArtifactsAsync(CampaignId id, CancellationToken cancel) =>
        db.Artifacts.AsNoTracking().Where(a => a.CampaignId == id).OrderBy(a => a.Name).ThenBy(a => a.JobId).ToListAsync(cancel);

    /// <summary>Seconds that the campaign's shards took on devices, all attempts that reported.</summary>
    public Task<double> DeviceSecondsAsync(CampaignId id, CancellationToken cancel) =>
        db.Shards.AsNoTracking().Where(s => s.CampaignId == id).SumAsync(s => s.DeviceSeconds, cancel);
}
