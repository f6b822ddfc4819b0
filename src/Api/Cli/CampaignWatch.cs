using System.Text.Json.Nodes;
using PortraitGen.Domain.Campaigns;
using Spectre.Console;

namespace PortraitGen.Api.Cli;

/// <summary>Follows a campaign: a live table on a terminal, a line an event in a pipe, the events themselves with --json.</summary>
internal sealed class CampaignWatch(ApiClient client, Guid id, bool json)
{
    private readonly Dictionary<string, JsonNode> _progress = [];
    private JsonNode _campaign = new JsonObject();
    private JsonArray _metrics = [];

    public async Task<int> RunAsync(CancellationToken cancel)
    {
        await RefreshAsync(cancel);
        if (json) await FollowAsync(e => Console.Out.WriteLine(new JsonObject { ["id"] = e.Id, ["event"] = e.Kind, ["data"] = e.Data.DeepClone() }.ToJsonString()), cancel);
        else if (Console.IsOutputRedirected || !AnsiConsole.Profile.Capabilities.Interactive) await FollowAsync(e => Console.Out.WriteLine(e.Kind == "end" ? $"The campaign {Show.Value(_campaign, "campaign.state")}." : Line(e)), cancel);
        else await AnsiConsole.Live(View()).StartAsync(live => FollowAsync(_ => live.UpdateTarget(View()), cancel));

        string state = Show.Value(_campaign, "campaign.state");
        if (state == "succeeded") return ExitCodes.Ok;
        throw new CommandException(ExitCodes.Failed, $"Campaign {id} {state}: {Show.Value(_campaign, "campaign.failureReason")}");
    }

    private async Task FollowAsync(Action<WatchedEvent> tell, CancellationToken cancel)
    {
        await foreach (var e in new EventReader(client, id).ReadAsync(cancel))
        {
            if (e.Kind is EventKinds.Progress) _progress[Show.Value(e.Data, "data.job")] = e.Data["data"]!.DeepClone();
            else await RefreshAsync(cancel);
            tell(e);
        }
    }

    private async Task RefreshAsync(CancellationToken cancel)
    {
        _campaign = await client.GetAsync($"api/campaigns/{id}", cancel);
        _metrics = (await client.GetAsync($"api/campaigns/{id}/metrics", cancel)).AsArray();
    }

    private Rows View()
    {
        var jobs = new Table().Border(TableBorder.Simple).AddColumns("Job", "State", "Stage", "Shards", "Now");
        foreach (var job in _campaign["jobs"]!.AsArray())
        {
            int size = job!["stageSize"]!.GetValue<int>(), left = job["remaining"]!.GetValue<int>();
            bool running = Show.Value(job, "state") == "running";
            jobs.AddRow(new Text(Show.Value(job, "name")), new Text(Show.Value(job, "state"), Colour(Show.Value(job, "state"))), new Text(Show.Value(job, "stageName")),
                new Text(size > 0 ? $"{size - left}/{size}" : ""), new Text(running && _progress.GetValueOrDefault(Show.Value(job, "name")) is { } p ? $"{p["fraction"]!.GetValue<double>():P0} {p["text"]}" : ""));
        }

        var rewards = new Table().Border(TableBorder.Simple).AddColumns("Measure", "First", "Last", "Steps");
        foreach (var series in _metrics)
        {
            var points = series!["points"]!.AsArray();
            rewards.AddRow(Show.Value(series, "series"), Number(points[0]), Number(points[^1]), $"{points.Count}");
        }

        return new(new Text($"{Show.Value(_campaign, "campaign.name")}  {Show.Value(_campaign, "campaign.state")}"), jobs, rewards.Rows.Count > 0 ? rewards : new Text(""));
    }

    private static string Line(WatchedEvent e)
    {
        var data = e.Data["data"];
        string job = Show.Value(data, "job"), text = Show.Value(data, "text"), reason = Show.Value(data, "reason");
        string progress = data?["of"] is { } of ? $" {data["done"]}/{of}" : "";
        return $"{Show.Value(e.Data, "at")} {e.Kind} {job}{progress} {text}{reason}".TrimEnd();
    }

    private static string Number(JsonNode? point) => $"{point!["value"]!.GetValue<double>():0.####}";

    private static Style Colour(string state) => new(state switch
    {
        "succeeded" => Color.Green,
        "failed" or "cancelled" => Color.Red,
        "running" => Color.Yellow,
        _ => Color.Grey,
    });
}
