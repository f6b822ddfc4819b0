using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using PortraitGen.Domain.Campaigns;
using PortraitGen.Domain.Scheduling;
using PortraitGen.Jobs.Data;
using PortraitGen.Jobs.Messaging;

namespace PortraitGen.Jobs.Scheduling;

/// <summary>Publishes waiting shards as <see cref="FairShare"/> decides, each to the queue of workers that fit.</summary>
/// <remarks>Published first, marked after: what is lost between the two is published again, and the worker asks before it computes.</remarks>
public sealed partial class DispatchShards(JobsDb db, ReadSchedule schedule, IShardBus bus, Orchestration orchestration, TimeProvider clock, ILogger<DispatchShards> logger)
{
    private const int MostAtOnce = 256;

    /// <returns>How many were published.</returns>
    public async Task<int> RunAsync(CancellationToken cancel)
    {
        await using var turn = await db.LockDispatchAsync(cancel);
        var now = clock.GetUtcNow();
        var state = await schedule.RunAsync(now, cancel);
        var picked = await PickAsync(state, now, cancel);
        if (picked.Count == 0) return 0;

        await Task.WhenAll(picked.Select(p => bus.RunAsync(Message(p.Shard), p.Queue, cancel)));
        await MarkAsync(picked.ToDictionary(p => p.Shard.Id, p => (p.Shard.Attempt + 1, p.Queue)), turn, cancel);
        var served = picked.Select(p => p.Shard.CampaignId).Distinct().ToArray();
        await db.Campaigns.Where(c => served.Contains(c.Id)).ExecuteUpdateAsync(set => set.SetProperty(c => c.ServedAt, now), cancel);
        LogDispatched(picked.Count, served.Length);
        if (picked.Count == MostAtOnce) orchestration.Dispatch(); // there may be room for more
        return picked.Count;
    }

    /// <summary>Decides, and reads the shards that were decided on. A campaign that has fewer than was thought makes room for others.</summary>
    private async Task<List<(Shard Shard, string Queue)>> PickAsync(SchedulerState state, DateTimeOffset now, CancellationToken cancel)
    {
        var (picked, last) = (new List<(Shard, string)>(), new Dictionary<CampaignId, ShardId>());
        while (picked.Count < MostAtOnce)
        {
            var decided = new Dictionary<CampaignQueue, List<Pool>>();
            for (int i = picked.Count; i < MostAtOnce && FairShare.Decide(state, now) is { } decision; i++)
            {
                state.Dispatch(decision, now);
                if (!decided.TryGetValue(decision.Campaign, out var pools)) decided[decision.Campaign] = pools = [];
                pools.Add(decision.Pool);
            }

            if (decided.Count == 0) break;
            Head[] heads = [.. decided.Select(d => new Head(d.Key.Id, last.GetValueOrDefault(d.Key.Id), d.Value.Count))];
            var found = (await db.NextShardsAsync(heads, now, cancel)).ToLookup(s => s.CampaignId);
            bool all = true;
            foreach (var (queue, pools) in decided)
            {
                int taken = 0;
                foreach (var shard in found[queue.Id].OrderBy(s => s.Id)) picked.Add((shard, pools[taken++].Queue));
                if (taken > 0) last[queue.Id] = picked[^1].Item1.Id;
                if (taken == pools.Count) continue;
                foreach (var pool in pools.Skip(taken)) state.InFlight(queue, pool, -1);
                state.Exhaust(queue);
                all = false;
            }

            if (all) break;
        }

        return picked;
    }

    private async Task MarkAsync(Dictionary<ShardId, (int Attempt, string Queue)> published, DispatchTurn turn, CancellationToken cancel)
    {
        await using var write = await turn.BeginWriteAsync(db, cancel);
        var now = clock.GetUtcNow();
        foreach (var shard in await db.LockShardsAsync([.. published.Keys], cancel)) shard.Dispatch(published[shard.Id].Attempt, now, published[shard.Id].Queue);
        await db.SaveTogetherAsync(cancel);
        await write.CommitAsync(cancel);
    }

    private static RunShard Message(Shard s) => new(s.Id.Value, s.JobId.Value, s.CampaignId.Value, s.Attempt + 1, s.Kind, s.InputKey.Hex, s.Input);

    [LoggerMessage(1051, LogLevel.Debug, "Dispatched {Count} shards of {Campaigns} campaigns")]
    private partial void LogDispatched(int count, int campaigns);
}
