using PortraitGen.Domain.Campaigns;

namespace PortraitGen.Domain.Scheduling;

/// <summary>The next shard of this campaign goes to this pool.</summary>
public readonly record struct Decision(CampaignQueue Campaign, Pool Pool);

/// <summary>What the scheduler decides on: pools, teams, and of each campaign the head and counts. Its size follows campaigns, never shards.</summary>
/// <remarks>Changed by what happens, in O(log campaigns); never by deciding.</remarks>
public sealed class SchedulerState(IEnumerable<Pool> pools)
{
    private readonly List<Pool> _pools = [.. pools.OrderBy(p => p.Capability.MemoryGiB ?? 0).ThenBy(p => p.Queue, StringComparer.Ordinal)];
    private readonly Dictionary<(Needs, string), IReadOnlyList<Pool>> _fitting = [];
    private readonly Dictionary<string, TeamQueue> _teams = [];
    private readonly Dictionary<CampaignId, CampaignQueue> _campaigns = [];

    public IReadOnlyList<Pool> Pools => _pools;

    public IReadOnlyCollection<TeamQueue> Teams => _teams.Values;

    public CampaignQueue? Find(CampaignId id) => _campaigns.GetValueOrDefault(id);

    public TeamQueue Team(CampaignQueue queue) => _teams[queue.Team];

    public void Add(TeamShare share) => _teams[share.Name] = new(share);

    /// <summary>The pools whose workers can take such shards.</summary>
    public IReadOnlyList<Pool> Fitting(Needs needs, string kind)
    {
        if (!_fitting.TryGetValue((needs, kind), out var fitting))
            _fitting[(needs, kind)] = fitting = [.. _pools.Where(p => p.Slots > 0 && p.Capability.Fits(needs, kind))];
        return fitting;
    }

    /// <summary>Shards of a campaign begin to wait. A team that nobody set up has a weight of 1 and no quota.</summary>
    /// <param name="since">When they began. Rows are added in this order.</param>
    public void Arrive(CampaignQueue queue, int shards, DateTimeOffset since)
    {
        if (!_teams.ContainsKey(queue.Team)) Add(new TeamShare(queue.Team, since));
        var team = _teams[queue.Team];
        if (!team.IsWaiting) team.WaitingSince = Later(team.WaitingSince, since);
        if (queue.ServedAt is { } served) team.WaitingSince = Later(team.WaitingSince, served);
        if (queue.Waiting == 0) queue.WaitingSince = Later(queue.WaitingSince, since);
        _campaigns[queue.Id] = queue;
        queue.Lane ??= team.LaneFor(queue, Fitting(queue.Needs, queue.Kind));
        queue.Waiting += shards;
        Place(queue);
    }

    /// <summary>What was decided is done.</summary>
    public void Dispatch(Decision decision, DateTimeOffset now)
    {
        var (queue, pool) = decision;
        queue.Waiting--;
        _teams[queue.Team].WaitingSince = now;
        queue.Lane!.Served(queue, now);
        Count(queue, pool, 1);
        Place(queue);
    }

    /// <summary>Shards are in flight already, e.g. as rows say.</summary>
    public void InFlight(CampaignQueue queue, Pool? pool, int shards)
    {
        Count(queue, pool, shards);
        Place(queue);
    }

    /// <summary>A shard in flight ended after <paramref name="deviceSeconds"/>, or came back to wait when <paramref name="again"/>.</summary>
    public void End(CampaignQueue queue, Pool pool, double deviceSeconds, bool again, DateTimeOffset now)
    {
        Count(queue, pool, -1);
        queue.Spent += deviceSeconds;
        _teams[queue.Team].Share.Charge(deviceSeconds, now);
        if (again) queue.Waiting++;
        Place(queue);
    }

    /// <summary>Nothing of it can go now, whatever was counted.</summary>
    public void Exhaust(CampaignQueue queue)
    {
        queue.Waiting = 0;
        Place(queue);
    }

    private void Count(CampaignQueue queue, Pool? pool, int shards)
    {
        var team = _teams[queue.Team];
        queue.InFlight += shards;
        team.InFlight += shards;
        team.Expected += shards * queue.ExpectedSeconds;
        if (pool is not null) pool.InFlight += shards;
    }

    /// <summary>In its lane while something of it may go.</summary>
    private static void Place(CampaignQueue queue)
    {
        if (queue.Waiting > 0 && queue.InBudget) queue.Lane!.Add(queue);
        else queue.Lane!.Remove(queue);
    }

    private static DateTimeOffset Later(DateTimeOffset a, DateTimeOffset b) => a > b ? a : b;
}
