using Microsoft.EntityFrameworkCore;
using PortraitGen.Domain.Campaigns;
using PortraitGen.Domain.Scheduling;
using PortraitGen.Jobs.Data;
using PortraitGen.Jobs.Messaging;

namespace PortraitGen.Jobs.Scheduling;

/// <summary>Reads what the scheduler decides on: live workers, teams, the head of each live campaign, and what is in flight.</summary>
/// <remarks>All by index: the cost follows campaigns that run and shards in flight, never shards that wait or have ended.</remarks>
public sealed class ReadSchedule(JobsDb db)
{
    /// <summary>A worker that was not heard of for this long gets nothing more.</summary>
    public static readonly TimeSpan Heard = TimeSpan.FromMinutes(1);

    public async Task<SchedulerState> RunAsync(DateTimeOffset now, CancellationToken cancel)
    {
        var since = now - Heard;
        var workers = await db.Workers.Where(w => w.LastSeen > since && w.LeftAt == null)
            .GroupBy(w => new { w.Queue, w.Capability }).Select(g => new { g.Key.Queue, g.Key.Capability, Slots = g.Sum(w => w.Slots) }).ToListAsync(cancel);
        var state = new SchedulerState(workers.Select(w => new Pool(w.Queue ?? ShardQueues.Shards, Capability.Parse(w.Capability), w.Slots)));
        foreach (var team in await db.Teams.AsNoTracking().ToListAsync(cancel)) state.Add(team);
        var flights = await db.Shards.Where(s => s.State == ShardState.Dispatched || s.State == ShardState.Running)
            .GroupBy(s => new { s.CampaignId, s.Queue }).Select(g => new Flight(g.Key.CampaignId, g.Key.Queue, g.Count())).ToListAsync(cancel);
        var flying = flights.ToLookup(f => f.Campaign);
        foreach (var row in (await Rows(now).ToListAsync(cancel)).OrderBy(r => r.Since))
        {
            int away = flying[row.Id].Sum(f => f.Shards);
            // Counted from the stage's remainder and not by looking: parked and paused ones are too many in it, which the heads correct.
            state.Arrive(Queue(row), row.Kind is null ? 0 : Math.Max(1, row.Remaining - away), row.Since ?? now);
        }

        await AddEndingAsync(state, [.. flying.Select(f => f.Key).Where(id => state.Find(id) is null)], now, cancel);
        var pools = state.Pools.ToLookup(p => p.Queue);
        foreach (var flight in flights)
            if (state.Find(flight.Campaign) is { } queue) state.InFlight(queue, pools[flight.Queue ?? ShardQueues.Shards].FirstOrDefault(), flight.Shards);
        return state;
    }

    internal IQueryable<Row> Rows(DateTimeOffset now) =>
        from c in db.Campaigns
        join j in db.Jobs on c.Id equals j.CampaignId
        where c.State == CampaignState.Running && j.State == JobState.Running && j.Remaining > 0
        select new Row(c.Id, c.Team, c.Priority, c.Needs, c.BudgetSeconds, c.ServedAt, j.Remaining, j.DeviceSeconds, j.ShardsDone,
            // Each a scalar of its own: together they would become a window over all that waits.
            db.Shards.Where(s => s.CampaignId == c.Id && s.State == ShardState.Pending && (s.NotBefore == null || s.NotBefore <= now)).OrderBy(s => s.Id).Select(s => s.Kind).FirstOrDefault(),
            db.Shards.Where(s => s.CampaignId == c.Id && s.State == ShardState.Pending && (s.NotBefore == null || s.NotBefore <= now)).OrderBy(s => s.Id)
                .Select(s => (DateTimeOffset?)s.CreatedAt).FirstOrDefault(),
            c.BudgetSeconds == null ? 0 : db.Jobs.Where(all => all.CampaignId == c.Id).Sum(all => all.DeviceSeconds));

    /// <summary>Campaigns that have shards in flight but wait for nothing, e.g. because they are being cancelled: they count for their team.</summary>
    private async Task AddEndingAsync(SchedulerState state, CampaignId[] ids, DateTimeOffset now, CancellationToken cancel)
    {
        if (ids.Length == 0) return;
        foreach (var c in await db.Campaigns.Where(c => ids.Contains(c.Id)).Select(c => new { c.Id, c.Team, c.Priority, c.Needs }).ToListAsync(cancel))
            state.Arrive(new(c.Id, c.Team, c.Priority, Needs.Parse(c.Needs), ""), 0, now);
    }

    private static CampaignQueue Queue(Row row) => new(row.Id, row.Team, row.Priority, Needs.Parse(row.Needs), row.Kind ?? "", row.ServedAt)
    {
        SecondsPerShard = row.ShardsDone > 0 ? row.DeviceSeconds / row.ShardsDone : null,
        Budget = row.Budget,
        Spent = row.Spent,
    };

    private sealed record Flight(CampaignId Campaign, string? Queue, int Shards);

    /// <summary>A live campaign.</summary>
    /// <param name="Kind">Of its next shard that may go; null when there is none.</param>
    internal sealed record Row(CampaignId Id, string Team, int Priority, string? Needs, double? Budget, DateTimeOffset? ServedAt, int Remaining, double DeviceSeconds, int ShardsDone,
        string? Kind, DateTimeOffset? Since, double Spent);
}
