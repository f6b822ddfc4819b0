#pragma warning disable CA1862 // both databases translate ToLower().Contains(), neither translates a StringComparison
using Microsoft.EntityFrameworkCore;
using PortraitGen.Domain.Campaigns;
using PortraitGen.Jobs.Data;

namespace PortraitGen.Api.Dashboard;

/// <summary>What a history is narrowed to; null narrows nothing.</summary>
/// <param name="Started">Leaves out jobs that have not started.</param>
/// <param name="Text">Part of a job's or campaign's name, team or failure reason, whatever the case.</param>
public sealed record HistoryFilter(JobState? State, bool Started, string? Kind, CampaignId? Campaign, string? Text);

/// <summary>A job with what its row needs of its campaign.</summary>
public sealed record JobRow(Job Job, string CampaignName, string CampaignKind, string Team);

/// <summary>A campaign with its progress.</summary>
/// <param name="Current">The job in hand, or the one that failed.</param>
public sealed record CampaignRow(Campaign Campaign, int JobsDone, int Jobs, Job? Current);

/// <summary>One page of a history. <paramref name="Next"/> is where the next begins; null at the end.</summary>
public sealed record HistoryPage<T>(IReadOnlyList<T> Rows, Guid? Next);

/// <summary>Reads histories, newest first, by keyset: page 1,000 costs what page 1 costs.</summary>
public sealed class HistoryReader(IDbContextFactory<JobsDb> rows)
{
    public const int PageSize = 50;

    public async Task<HistoryPage<JobRow>> JobsAsync(HistoryFilter filter, Guid? after, CancellationToken cancel)
    {
        await using var db = await rows.CreateDbContextAsync(cancel);
        var jobs = db.Jobs.AsNoTracking();
        if (filter.State is { } state) jobs = jobs.Where(j => j.State == state);
        else if (filter.Started) jobs = jobs.Where(j => j.State != JobState.Planned);
        if (filter.Kind is { } kind) jobs = jobs.Where(j => j.Kind == kind);
        if (filter.Campaign is { } campaign) jobs = jobs.Where(j => j.CampaignId == campaign);
        if (after is { } cursor)
        {
            var last = new JobId(cursor);
            jobs = jobs.Where(j => j.Id < last);
        }

        var joined = jobs.Join(db.Campaigns.AsNoTracking(), j => j.CampaignId, c => c.Id, (job, campaign) => new { job, campaign });
        if (filter.Text?.ToLowerInvariant() is { } text)
            joined = joined.Where(r => r.job.Name.ToLower().Contains(text) || r.campaign.Name.ToLower().Contains(text) || r.campaign.Team.ToLower().Contains(text)
                || (r.job.FailureReason != null && r.job.FailureReason.ToLower().Contains(text)) || (r.job.FailureClass != null && r.job.FailureClass.Contains(text)));
        var read = await joined.OrderByDescending(r => r.job.Id).Take(PageSize + 1)
            .Select(r => new JobRow(r.job, r.campaign.Name, r.campaign.Kind, r.campaign.Team)).ToListAsync(cancel);
        return Cut(read, r => r.Job.Id.Value);
    }

    public async Task<HistoryPage<CampaignRow>> CampaignsAsync(CampaignState? state, string? kind, string? words, Guid? after, CancellationToken cancel)
    {
        await using var db = await rows.CreateDbContextAsync(cancel);
        var query = db.Campaigns.AsNoTracking();
        if (state is { } wanted) query = query.Where(c => c.State == wanted);
        if (kind is not null) query = query.Where(c => c.Kind == kind);
        if (words?.ToLowerInvariant() is { } text)
            query = query.Where(c => c.Name.ToLower().Contains(text) || c.Team.ToLower().Contains(text) || (c.FailureReason != null && c.FailureReason.ToLower().Contains(text)));
        if (after is { } cursor)
        {
            var last = new CampaignId(cursor);
            query = query.Where(c => c.Id < last);
        }

        var page = Cut(await query.OrderByDescending(c => c.Id).Take(PageSize + 1).ToListAsync(cancel), c => c.Id.Value);
        var ids = page.Rows.Select(c => c.Id).ToList();
        var counts = await db.Jobs.AsNoTracking().Where(j => ids.Contains(j.CampaignId)).GroupBy(j => new { j.CampaignId, j.State })
            .Select(g => new { g.Key.CampaignId, g.Key.State, Count = g.Count() }).ToListAsync(cancel);
        var current = await db.Jobs.AsNoTracking().Where(j => ids.Contains(j.CampaignId) && (j.State == JobState.Running || j.State == JobState.Failed)).ToListAsync(cancel);
        return new([.. page.Rows.Select(c => new CampaignRow(c,
            counts.Where(n => n.CampaignId == c.Id && n.State == JobState.Succeeded).Sum(n => n.Count),
            counts.Where(n => n.CampaignId == c.Id).Sum(n => n.Count),
            current.FirstOrDefault(j => j.CampaignId == c.Id)))], page.Next);
    }

    public async Task<string?> CampaignNameAsync(CampaignId id, CancellationToken cancel)
    {
        await using var db = await rows.CreateDbContextAsync(cancel);
        return await db.Campaigns.AsNoTracking().Where(c => c.Id == id).Select(c => c.Name).FirstOrDefaultAsync(cancel);
    }

    private static HistoryPage<T> Cut<T>(List<T> read, Func<T, Guid> cursor) =>
        read.Count <= PageSize ? new(read, null) : new(read.GetRange(0, PageSize), cursor(read[PageSize - 1]));
}
