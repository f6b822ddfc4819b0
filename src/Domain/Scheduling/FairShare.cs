namespace PortraitGen.Domain.Scheduling;

/// <summary>Decides which shard goes next: a pure function of state and time.</summary>
/// <remarks>
/// Between teams, the one with the least decayed device-seconds for its weight (what it has in flight is charged in advance); within a team
/// the highest priority, then the oldest campaign. Quota, budget, capability and window only ever hold something back.
/// Nothing starves: a team that could go and got nothing for <see cref="Patience"/> goes before all others, once; and within a team's turns so does a campaign.
/// Cost: one look at each team that waits, whatever the number of shards.
/// </remarks>
public static class FairShare
{
    /// <summary>How long share and priority may keep somebody from everything.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);

    /// <summary>The next shard to dispatch; null when nothing that waits may go.</summary>
    public static Decision? Decide(SchedulerState state, DateTimeOffset now)
    {
        var tooLong = now - Patience;
        (Decision Decision, TeamQueue Team, double Score)? best = null;
        foreach (var team in state.Teams)
        {
            if (!team.InQuota || team.First(tooLong) is not { } first) continue;
            double score = team.Score(now);
            if (best is not { } b || Before(team, score, b.Team, b.Score, tooLong)) best = (first, team, score);
        }

        return best?.Decision;
    }

    /// <summary>Whether <paramref name="a"/> goes before <paramref name="b"/>.</summary>
    internal static bool Before(TeamQueue a, double aScore, TeamQueue b, double bScore, DateTimeOffset tooLong)
    {
        bool starves = a.WaitingSince <= tooLong;
        if (starves != b.WaitingSince <= tooLong) return starves;
        if (starves && a.WaitingSince != b.WaitingSince) return a.WaitingSince < b.WaitingSince;
        return aScore != bScore ? aScore < bScore : string.CompareOrdinal(a.Share.Name, b.Share.Name) < 0;
    }
}
