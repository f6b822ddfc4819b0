using Microsoft.EntityFrameworkCore;
using PortraitGen.Domain.Campaigns;

namespace PortraitGen.Jobs.Data;

/// <summary>How many of a campaign's waiting shards are wanted, behind which one.</summary>
public readonly record struct Head(CampaignId Campaign, ShardId After, int Count);

/// <summary>Reads the next waiting shards of campaigns by index alone: the cost follows what is taken, never what waits.</summary>
public static class WaitingShards
{
    public static async Task<List<Shard>> NextShardsAsync(this JobsDb db, IReadOnlyCollection<Head> heads, DateTimeOffset now, CancellationToken cancel)
    {
        if (!db.Database.IsSqlite()) return await OfManyAsync(db, heads, now).ToListAsync(cancel);
        var found = new List<Shard>();
        foreach (var head in heads) found.AddRange(await OfOne(db, head, now).ToListAsync(cancel)); // no LATERAL there, and no way to the server either
        return found;
    }

    internal static IQueryable<Shard> OfOne(JobsDb db, Head head, DateTimeOffset now) => db.Shards.AsNoTracking()
        .Where(s => s.CampaignId == head.Campaign && s.State == ShardState.Pending && s.Id > head.After && (s.NotBefore == null || s.NotBefore <= now))
        .OrderBy(s => s.Id).Take(head.Count);

    internal static IQueryable<Shard> OfManyAsync(JobsDb db, IReadOnlyCollection<Head> heads, DateTimeOffset now)
    {
        var (campaigns, after, counts) = (heads.Select(h => h.Campaign.Value).ToArray(), heads.Select(h => h.After.Value).ToArray(), heads.Select(h => h.Count).ToArray());
        return db.Shards.FromSql($"""
            SELECT next.* FROM unnest({campaigns}, {after}, {counts}) AS head (campaign, after, count) CROSS JOIN LATERAL (
                SELECT * FROM shards
                WHERE campaign_id = head.campaign AND state = 'Pending' AND id > head.after AND (not_before IS NULL OR not_before <= {now})
                ORDER BY id LIMIT head.count) AS next
            """).AsNoTracking();
    }
}
