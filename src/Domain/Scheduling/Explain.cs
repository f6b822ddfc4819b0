using System.Globalization;

namespace PortraitGen.Domain.Scheduling;

/// <summary>Says why a campaign's shards wait, from the state on which the scheduler decides.</summary>
public static class Explain
{
    private const int Named = 3;

    /// <summary>All that holds it back, what blocks outright first; <see cref="WaitCodes.Next"/> when nothing does.</summary>
    public static IReadOnlyList<WaitReason> Why(SchedulerState state, CampaignQueue queue, DateTimeOffset now)
    {
        var (reasons, team) = (new List<WaitReason>(), state.Team(queue));
        var fitting = state.Fitting(queue.Needs, queue.Kind);
        if (fitting.Count == 0) reasons.Add(new(WaitCodes.Capability, Unfit(state, queue)));
        if (!queue.InBudget)
            reasons.Add(new(WaitCodes.Budget, queue.Spent >= queue.Budget
                ? $"The campaign's budget of {Hours(queue.Budget!.Value)} is spent: {Hours(queue.Spent)} were used."
                : $"The campaign's budget of {Hours(queue.Budget!.Value)} leaves nothing beside the {queue.InFlight} shards in flight; {Hours(queue.Spent)} were used."));
        if (!team.InQuota) reasons.Add(new(WaitCodes.Quota, $"Team '{queue.Team}' has {team.InFlight} shards in flight, and its quota is {team.Share.MaxShards}."));
        if (fitting.Count > 0 && queue.Lane!.Room() is null)
            reasons.Add(new(WaitCodes.Window, $"The workers that fit have all they may have: {fitting.Sum(p => p.InFlight)} shards in flight for {fitting.Sum(p => p.Slots)} slots."));

        var others = TeamsBefore(state, queue, now).ToList();
        if (others.Count > 0)
            reasons.Add(new(WaitCodes.Share, $"{Count(others.Count, "team")} with waiting shards {(others.Count == 1 ? "has" : "have")} used less of {(others.Count == 1 ? "its" : "their")} share and "
                + $"{(others.Count == 1 ? "goes" : "go")} first: {Names(others.Select(t => $"{t.Share.Name} ({Number(t.Score(now))})"))}; team '{queue.Team}' stands at {Number(team.Score(now))} device-seconds for each unit of weight."));
        var before = Ahead(state, queue, now).ToList();
        if (before.Count > 0)
            reasons.Add(new(WaitCodes.Position, $"Of its team it is number {before.Count + 1}: {Count(before.Count, "campaign")} with {Count(before.Sum(q => q.Waiting), "waiting shard")} "
                + $"{(before.Count == 1 ? "goes" : "go")} first, by priority and then by age."));
        if (reasons.Count == 0) reasons.Add(new(WaitCodes.Next, "It goes next: a place is free, and nobody stands before it."));
        return reasons;
    }

    /// <summary>Null while no worker fits: then nobody can know.</summary>
    public static WaitEstimate? When(SchedulerState state, CampaignQueue queue, DateTimeOffset now)
    {
        var (team, fitting) = (state.Team(queue), state.Fitting(queue.Needs, queue.Kind));
        if (fitting.Count == 0 || !queue.InBudget) return null;
        var rivals = state.Teams.Where(t => t == team || Competes(t, queue)).ToList();
        double share = team.Share.Weight / rivals.Sum(t => t.Share.Weight);
        double slots = Math.Min(fitting.Sum(p => p.Slots) * share, team.Share.MaxShards ?? double.MaxValue);
        double ahead = Ahead(state, queue, now).Sum(q => q.Waiting * q.ExpectedSeconds);
        double full = queue.Lane!.Room() is null || !team.InQuota ? queue.ExpectedSeconds : 0;
        double starts = (ahead + full) / slots;
        double done = starts + (Math.Ceiling(queue.Waiting / slots) * queue.ExpectedSeconds);
        string seconds = queue.SecondsPerShard is { } mean
            ? $"{Number(mean)} device-seconds a shard, the mean of this job so far"
            : $"{Number(CampaignQueue.UnknownSeconds)} device-seconds a shard, a guess: none of this job has ended";
        return new(starts, done, $"{seconds}; {Number(slots)} slots: {Count(fitting.Sum(p => p.Slots), "slot")} fit, and {Count(rivals.Count, "team")} share{(rivals.Count == 1 ? "s" : "")} them by weight.");
    }

    private static IEnumerable<CampaignQueue> Ahead(SchedulerState state, CampaignQueue queue, DateTimeOffset now) =>
        state.Team(queue).Lanes.Where(lane => lane.Pools.Any(queue.Lane!.Pools.Contains)).SelectMany(lane => lane.InTurn)
            .Where(other => other != queue && TeamQueue.Before(other, queue, now - FairShare.Patience));

    private static IEnumerable<TeamQueue> TeamsBefore(SchedulerState state, CampaignQueue queue, DateTimeOffset now)
    {
        var team = state.Team(queue);
        return state.Teams.Where(t => t != team && t.InQuota && Competes(t, queue)
            && FairShare.Before(t, t.Score(now), team, team.Score(now), now - FairShare.Patience)).OrderBy(t => t.Score(now));
    }

    /// <summary>Whether the team waits for workers that fit this campaign too.</summary>
    private static bool Competes(TeamQueue team, CampaignQueue queue) =>
        team.Lanes.Any(lane => !lane.IsEmpty && lane.Pools.Any(queue.Lane!.Pools.Contains));

    private static string Unfit(SchedulerState state, CampaignQueue queue)
    {
        string wants = queue.Needs == Needs.Nothing ? "" : $" It wants {queue.Needs.Describe()}.";
        var live = state.Pools.Where(p => p.Slots > 0).ToList();
        if (live.Count == 0) return $"No worker is alive.{wants} Start one.";
        return $"No live worker can take its '{queue.Kind}' shards.{wants} Of those that are there, {Names(live.Select(p => $"{p.Queue} {p.Capability.Why(queue.Needs, queue.Kind)}"))}.";
    }

    private static string Names(IEnumerable<string> names)
    {
        var list = names.ToList();
        return list.Count <= Named ? string.Join(", ", list) : $"{string.Join(", ", list.Take(Named))} and {list.Count - Named} more";
    }

    private static string Count(int n, string noun) => $"{n} {noun}{(n == 1 ? "" : "s")}";

    private static string Hours(double seconds) => $"{Number(seconds / 3600)} device-hours";

    private static string Number(double value) => value.ToString("0.##", CultureInfo.InvariantCulture);
}
