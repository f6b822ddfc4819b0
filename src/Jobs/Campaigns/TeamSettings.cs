using Microsoft.EntityFrameworkCore;
using PortraitGen.Domain.Scheduling;
using PortraitGen.Jobs.Data;
using PortraitGen.Jobs.Scheduling;

namespace PortraitGen.Jobs.Campaigns;

/// <summary>A team as it stands.</summary>
/// <param name="Used">Device-seconds, decayed to now.</param>
public sealed record TeamStanding(string Name, double Weight, int? MaxShards, double Used, int InFlight);

/// <summary>Weights and quotas. They stand in a table, beside what teams used: all servers see a change at once, and none needs a restart.</summary>
public sealed class TeamSettings(JobsDb db, ReadSchedule schedule, TimeProvider clock)
{
    /// <summary>All teams that were set up or used a device, or have something waiting, by name.</summary>
    public async Task<IReadOnlyList<TeamStanding>> ListAsync(CancellationToken cancel)
    {
        var now = clock.GetUtcNow();
        var state = await schedule.RunAsync(now, cancel);
        return [.. state.Teams.OrderBy(t => t.Share.Name, StringComparer.Ordinal)
            .Select(t => new TeamStanding(t.Share.Name, t.Share.Weight, t.Share.MaxShards, t.Share.UsedBy(now), t.InFlight))];
    }

    /// <summary>Sets a team up or changes it.</summary>
    public async Task SetAsync(string name, double weight, int? maxShards, CancellationToken cancel)
    {
        await using var write = await db.BeginWriteAsync(cancel);
        var team = (await db.LockTeamsAsync([name], cancel)).FirstOrDefault();
        if (team is null) db.Teams.Add(team = new TeamShare(name, clock.GetUtcNow()));
        team.Set(weight, maxShards);
        await db.SaveChangesAsync(cancel);
        await write.CommitAsync(cancel);
    }
}
