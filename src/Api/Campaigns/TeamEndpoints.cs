using Microsoft.AspNetCore.Http.HttpResults;
using PortraitGen.Api.Hosting;
using PortraitGen.Domain.Campaigns;
using PortraitGen.Domain.Scheduling;
using PortraitGen.Jobs.Campaigns;

namespace PortraitGen.Api.Campaigns;

/// <summary>A team's right to devices, and where it stands.</summary>
/// <param name="Weight">Its part of the devices against other teams that wait.</param>
/// <param name="MaxShards">Shards in flight at most; null: no limit.</param>
/// <param name="UsedDeviceSeconds">Decayed to now, by half each day.</param>
public sealed record TeamView(string Name, double Weight, int? MaxShards, double UsedDeviceSeconds, int InFlight);

/// <summary>Weight and quota of a team.</summary>
public sealed record TeamChange(double Weight = 1, int? MaxShards = null);

public static class TeamEndpoints
{
    public static RouteGroupBuilder MapTeams(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/api/teams").WithTags("Teams");
        group.MapGet("/", async (TeamSettings teams, CancellationToken cancel) => TypedResults.Ok(new Slice<TeamView>(await ViewsAsync(teams, cancel), null)))
            .WithName("ListTeams").WithSummary("List teams with weight, quota and use");
        group.MapPut("/{name}", SetAsync).WithName("SetTeam").WithSummary("Set a team's weight and quota").ProducesProblem(422)
            .WithDescription("Takes effect with the next shard that is dispatched. A team that nobody set has weight 1 and no quota.");
        return group;
    }

    internal static async Task<Results<Ok<TeamView>, ProblemHttpResult>> SetAsync(string name, TeamChange change, TeamSettings teams, CancellationToken cancel)
    {
        var errors = new List<SpecError>();
        if (!Claim.IsTeam(name)) errors.Add(new("name", $"'{name[..Math.Min(name.Length, 100)]}' is no team's name.", "1 to 100 lower-case letters, digits, dots and dashes"));
        if (change.Weight is not (>= TeamShare.MinWeight and <= TeamShare.MaxWeight))
            errors.Add(new("weight", $"{change.Weight} is out of range.", $"a number from {TeamShare.MinWeight} to {TeamShare.MaxWeight}"));
        if (change.MaxShards is < 0) errors.Add(new("maxShards", $"{change.MaxShards} is out of range.", "a whole number from 0, or null for no limit"));
        if (errors.Count > 0) return Problems.Invalid(errors);
        await teams.SetAsync(name, change.Weight, change.MaxShards, cancel);
        return TypedResults.Ok((await ViewsAsync(teams, cancel)).First(t => t.Name == name));
    }

    private static async Task<IReadOnlyList<TeamView>> ViewsAsync(TeamSettings teams, CancellationToken cancel) =>
        [.. (await teams.ListAsync(cancel)).Select(t => new TeamView(t.Name, t.Weight, t.MaxShards, t.Used, t.InFlight))];
}
