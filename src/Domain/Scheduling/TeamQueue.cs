namespace PortraitGen.Domain.Scheduling;

/// <summary>What one team waits for and has in flight.</summary>
public sealed class TeamQueue(TeamShare share)
{
    private readonly Dictionary<(Needs, string), Lane> _lanes = [];

    public TeamShare Share { get; } = share;

    public int InFlight { get; internal set; }

    /// <summary>Device-seconds that its shards in flight are expected to take: charged before they are reported.</summary>
    public double Expected { get; internal set; }

    /// <summary>When it last got something, or began to wait.</summary>
    public DateTimeOffset WaitingSince { get; internal set; } = DateTimeOffset.MinValue;

    public bool InQuota => Share.MaxShards is not { } most || InFlight < most;

    public bool IsWaiting
    {
        get
        {
            foreach (var lane in _lanes.Values) if (!lane.IsEmpty) return true;
            return false;
        }
    }

    /// <summary>Decayed and expected device-seconds for each unit of weight: the lowest goes first.</summary>
    public double Score(DateTimeOffset now) => (Share.UsedBy(now) + Expected) / Share.Weight;

    internal Dictionary<(Needs, string), Lane>.ValueCollection Lanes => _lanes.Values;

    internal Lane LaneFor(CampaignQueue queue, IReadOnlyList<Pool> pools)
    {
        if (!_lanes.TryGetValue((queue.Needs, queue.Kind), out var lane)) _lanes[(queue.Needs, queue.Kind)] = lane = new(pools);
        return lane;
    }

    /// <summary>The team's next shard: over its lanes that have room, by the same order as within one.</summary>
    internal Decision? First(DateTimeOffset tooLong)
    {
        Decision? best = null;
        foreach (var lane in _lanes.Values)
        {
            if (lane.IsEmpty || lane.Room() is not { } pool) continue;
            var queue = lane.First(tooLong);
            if (best is not { } b || Before(queue, b.Campaign, tooLong)) best = new(queue, pool);
        }

        return best;
    }

    /// <summary>Whether <paramref name="a"/> goes before <paramref name="b"/> of the same team.</summary>
    internal static bool Before(CampaignQueue a, CampaignQueue b, DateTimeOffset tooLong)
    {
        bool starves = a.WaitingSince <= tooLong;
        if (starves != b.WaitingSince <= tooLong) return starves;
        return (starves ? CampaignQueue.ByWait : CampaignQueue.ByTurn).Compare(a, b) < 0;
    }
}
