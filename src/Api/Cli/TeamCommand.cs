using System.CommandLine;
using System.Net.Http.Json;

namespace PortraitGen.Api.Cli;

internal static class TeamCommand
{
    public static Command Create() => ClientOptions.Group("team", "Teams: their part of the devices, and their quota.", List(), Set());

    private static Command List() => new Command("list", "List teams with weight, quota and use.").Verb(async (parsed, client, cancel) =>
        Show.Answer(parsed, await client.GetAsync("api/teams", cancel), a => Show.Table(a["items"]!.AsArray(), "No team was set up or used a device yet: all campaigns are of team 'default'.",
            ("Team", "name"), ("Weight", "weight"), ("Most shards", "maxShards"), ("In flight", "inFlight"), ("Used device-seconds", "usedDeviceSeconds"))));

    private static Command Set()
    {
        var name = new Argument<string>("NAME") { Description = "The team; it is set up when there is none." };
        var weight = new Option<double>("--weight") { Description = "Its part of the devices against other teams that wait: 2 gets twice what 1 gets.", DefaultValueFactory = _ => 1 };
        var most = new Option<int?>("--max-shards") { Description = "Its quota: shards in flight at most, over all its campaigns. Left out: no limit." };
        return new Command("set", "Set a team's weight and quota. What is left out takes its default.") { name, weight, most }.Verb(async (parsed, client, cancel) =>
        {
            var body = JsonContent.Create(new { weight = parsed.GetValue(weight), maxShards = parsed.GetValue(most) });
            return Show.Answer(parsed, await client.PutAsync($"api/teams/{Uri.EscapeDataString(parsed.GetRequiredValue(name))}", body, cancel), a =>
                Console.Out.WriteLine($"Team '{a["name"]}' has weight {a["weight"]} and {(a["maxShards"] is { } n ? $"at most {n} shards in flight" : "no quota")}."));
        });
    }
}
