using Microsoft.EntityFrameworkCore;
using PortraitGen.Domain.Campaigns;
using PortraitGen.Domain.Scheduling;
using PortraitGen.Jobs.Data;

namespace PortraitGen.Jobs.Scheduling;

/// <summary>Charges device-seconds to teams, and sees which budgets they used up.</summary>
public sealed class ChargeTeams(JobsDb db)
{
    /// <summary>The part inside the transaction; the caller has charged the jobs, saves and commits.</summary>
    /// <param name="used">Device-seconds by campaign.</param>
    /// <returns>Campaigns whose budget is spent.</returns>
    internal async Task<IReadOnlyList<CampaignId>> ApplyAsync(Dictionary<CampaignId, double> used, DateTimeOffset now, CancellationToken cancel)
    {
        if (used.Values.All(seconds => seconds <= 0)) return [];
        var ids = used.Keys.ToArray();
        var campaigns = await db.Campaigns.AsNoTracking().Where(c => ids.Contains(c.Id)).Select(c => new { c.Id, c.Team, c.BudgetSeconds }).ToListAsync(cancel);
        var seconds = campaigns.GroupBy(c => c.Team).ToDictionary(g => g.Key, g => g.Sum(c => used[c.Id]));
        var teams = await db.LockTeamsAsync([.. seconds.Keys], cancel);
        foreach (string unknown in seconds.Keys.Except(teams.Select(t => t.Name)))
        {
            teams.Add(new(unknown, now));
            db.Teams.Add(teams[^1]);
        }

        foreach (var team in teams) team.Charge(seconds[team.Name], now);
        var spent = new List<CampaignId>();
        foreach (var campaign in campaigns.Where(c => c.BudgetSeconds is not null))
            if (await SpentAsync(db, campaign.Id, cancel) + used[campaign.Id] >= campaign.BudgetSeconds) spent.Add(campaign.Id);
        return spent;
    }

    /// <summary>Device-seconds that a campaign has used, as its jobs are stored.</summary>
    internal static Task<double> SpentAsync(JobsDb db, CampaignId id, CancellationToken cancel) =>
        db.Jobs.Where(j => j.CampaignId == id).SumAsync(j => j.DeviceSeconds, cancel);
}
