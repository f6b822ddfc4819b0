namespace PortraitGen.Domain.Scheduling;

/// <summary>The waiting campaigns of one team whose shards want the same: whoever fits one of them fits all.</summary>
/// <param name="pools">The pools that fit, the least able first, so that big devices stay free for what needs them.</param>
internal sealed class Lane(IReadOnlyList<Pool> pools)
{
    private readonly SortedSet<CampaignQueue> _byTurn = new(CampaignQueue.ByTurn), _byWait = new(CampaignQueue.ByWait);
    private CampaignQueue? _next, _longest; // the first of each: found when something changes, so that deciding looks at one entry

    public IReadOnlyList<Pool> Pools { get; } = pools;

    public IEnumerable<CampaignQueue> InTurn => _byTurn;

    public bool IsEmpty => _next is null;

    public void Add(CampaignQueue queue)
    {
        if (_byTurn.Add(queue) && _byWait.Add(queue)) Find();
    }

    public void Remove(CampaignQueue queue)
    {
        if (_byTurn.Remove(queue) && _byWait.Remove(queue)) Find();
    }

    public void Served(CampaignQueue queue, DateTimeOffset now)
    {
        _byWait.Remove(queue);
        queue.ServedAt = queue.WaitingSince = now;
        _byWait.Add(queue);
        Find();
    }

    /// <summary>Who goes first here: whoever has got nothing for too long, else by turn.</summary>
    public CampaignQueue First(DateTimeOffset tooLong) => _longest!.WaitingSince <= tooLong ? _longest : _next!;

    /// <summary>The pool for the next shard; null when all that fit are full. One with a free worker before one that must let it wait.</summary>
    public Pool? Room()
    {
        Pool? best = null;
        foreach (var pool in Pools)
        {
            if (pool.InFlight < pool.Slots) return pool;
            if (pool.HasRoom && (best is null || pool.Load < best.Load)) best = pool;
        }

        return best;
    }

    private void Find() => (_next, _longest) = (_byTurn.Min, _byWait.Min);
}
