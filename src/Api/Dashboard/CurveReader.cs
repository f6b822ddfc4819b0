using System.Collections.Concurrent;
using Microsoft.EntityFrameworkCore;
using PortraitGen.Domain.Campaigns;
using PortraitGen.Jobs.Data;

namespace PortraitGen.Api.Dashboard;

/// <summary>The charts of campaigns. Points are only ever added, so charts hold while their number is the same.</summary>
public sealed class CurveReader(IDbContextFactory<JobsDb> rows)
{
    private const int MostKept = 64;
    private readonly ConcurrentDictionary<CampaignId, (int Count, IReadOnlyList<Chart> Charts)> _kept = new();

    public async Task<IReadOnlyList<Chart>> ReadAsync(CampaignId id, CancellationToken cancel)
    {
        await using var db = await rows.CreateDbContextAsync(cancel);
        var query = db.Metrics.AsNoTracking().Where(m => m.CampaignId == id);
        int count = await query.CountAsync(cancel);
        if (_kept.TryGetValue(id, out var kept) && kept.Count == count) return kept.Charts;

        var points = await query.ToListAsync(cancel);
        var charts = Charting.Arrange(points);
        if (_kept.Count >= MostKept) _kept.Clear();
        _kept[id] = (points.Count, charts);
        return charts;
    }
}
