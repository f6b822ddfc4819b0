using System.Text.Json.Nodes;
using PortraitGen.Domain.Campaigns;
using Spectre.Console;

namespace PortraitGen.Api.Cli;

/// <summary>Follows a campaign: a live table on a terminal, a line an event in a pipe, the events themselves with --json.</summary>
internal sealed class CampaignWatch(ApiClient client, Guid id, bool json)
{
    private const int MostMeasures = 7;
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

    /// <summary>As high as a terminal of 24 lines: epochs share a row, and of the measures those are shown that say whether it learns.</summary>
    private Rows View()
    {
        var jobs = new Table().Border(TableBorder.Simple).AddColumns("Job", "State", "Stage", "Shards", "Now");
        foreach (var group in _campaign["jobs"]!.AsArray().GroupBy(j => Show.Value(j, "kind") == JobKinds.GrpoEpoch ? "grpo epochs" : Show.Value(j, "name")))
        {
            var all = group.ToList();
            int done = all.Count(j => Show.Value(j, "state") == "succeeded");
            var job = all.Find(j => Show.Value(j, "state") is not ("succeeded" or "planned")) ?? all[done == all.Count ? ^1 : 0];
            string name = Show.Value(job, "name"), state = all.Count > 1 && done > 0 && Show.Value(job, "state") == "planned" ? "running" : Show.Value(job, "state");
            int size = job!["stageSize"]!.GetValue<int>(), left = job["remaining"]!.GetValue<int>();
            string now = state == "running" && _progress.GetValueOrDefault(name) is { } p ? $"{p["fraction"]!.GetValue<double>():P0} {p["text"]}" : "";
            jobs.AddRow(new Text(all.Count > 1 ? $"{group.Key}, {done} of {all.Count}" : group.Key), new Text(state, Colour(state)), new Text(Show.Value(job, "stageName")),
                new Text(size > 0 ? $"{size - left}/{size}" : ""), new Text(now));
        }

        var measures = new Table().Border(TableBorder.Simple).AddColumns("Measure", "First", "Last", "Steps");
        var telling = _metrics.Where(m => Tells(Show.Value(m, "series"))).ToList();
        foreach (var series in telling.Count > 0 ? telling : _metrics.Take(MostMeasures))
        {
            var points = series!["points"]!.AsArray();
            measures.AddRow(Show.Value(series, "series"), Number(points[0]), Number(points[^1]), $"{points.Count}");
        }

        return new(new Text($"{Show.Value(_campaign, "campaign.name")}  {Show.Value(_campaign, "campaign.state")}"), jobs, measures.Rows.Count > 0 ? measures : new Text(""));
    }

    private static bool Tells(string series) => series is "advantage/real-below-mean" or "policy/clipFraction" or "heldout/roundTrip/featureDistance"
        || (series.StartsWith("reward/", StringComparison.Ordinal) && series.Split('/')[^1] is "mean" or "real");

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
