using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using PortraitGen.Domain.Campaigns;
using PortraitGen.Jobs.Data;
using PortraitGen.Jobs.Hosting;
using PortraitGen.Jobs.Messaging;

namespace PortraitGen.Jobs.Scheduling;

/// <summary>Publishes waiting shards, by their campaign's priority and age, as far as the window of shards in flight allows.</summary>
/// <remarks>Published first, marked after: what is lost between the two is published again, and the worker asks before it computes.</remarks>
public sealed partial class DispatchShards(
    JobsDb db, IShardBus bus, JobsOptions options, TimeProvider clock, ILogger<DispatchShards> logger)
{
    private const int LeastWindow = 4;
    private const int MostAtOnce = 256;
    private static readonly TimeSpan Heard = TimeSpan.FromMinutes(1);

    /// <returns>How many were published.</returns>
    public async Task<int> RunAsync(CancellationToken cancel)
    {
        await using var turn = await db.LockDispatchAsync(cancel);
        var now = clock.GetUtcNow();
        int inFlight = await db.Shards.CountAsync(s => s.State == ShardState.Dispatched || s.State == ShardState.Running, cancel);
        int free = Math.Min(MostAtOnce, await WindowAsync(now, cancel) - inFlight);
        if (free <= 0) return 0;

        var waiting = await (
            from shard in db.Shards.AsNoTracking()
            join campaign in db.Campaigns on shard.CampaignId equals campaign.Id
            where shard.State == ShardState.Pending && (shard.NotBefore == null || shard.NotBefore <= now) && campaign.State == CampaignState.Running
            orderby campaign.Priority descending, campaign.Id, shard.Id
            select shard).Take(free).ToListAsync(cancel);
        if (waiting.Count == 0) return 0;

        await Task.WhenAll(waiting.Select(shard => bus.RunAsync(Message(shard), cancel)));
        await MarkAsync(waiting.ToDictionary(s => s.Id, s => s.Attempt + 1), turn, cancel);
        LogDispatched(waiting.Count, inFlight);
        return waiting.Count;
    }

    /// <summary>How many shards may be in flight: enough that no worker waits, few enough that priorities still decide.</summary>
    private async Task<int> WindowAsync(DateTimeOffset now, CancellationToken cancel)
    {
        if (options.DispatchWindow is { } window) return window;
        int slots = await db.Workers.Where(w => w.LeftAt == null && w.LastSeen > now - Heard).SumAsync(w => w.Slots, cancel);
        return Math.Max(LeastWindow, 2 * slots);
    }

    private async Task MarkAsync(Dictionary<ShardId, int> published, DispatchTurn turn, CancellationToken cancel)
    {
        await using var write = await turn.BeginWriteAsync(db, cancel);
        var now = clock.GetUtcNow();
        foreach (var shard in await db.LockShardsAsync([.. published.Keys], cancel)) shard.Dispatch(published[shard.Id], now);
        await db.SaveChangesAsync(cancel);
        await write.CommitAsync(cancel);
    }

    private static RunShard Message(Shard s) => new(s.Id.Value, s.JobId.Value, s.CampaignId.Value, s.Attempt + 1, s.Kind, s.InputKey.Hex, s.Input);

    [LoggerMessage(1051, LogLevel.Debug, "Dispatched {Count} shards beside {InFlight} in flight")]
    private partial void LogDispatched(int count, int inFlight);
}
