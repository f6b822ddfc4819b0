using System.CommandLine;
using System.Net.Http.Headers;
using PortraitGen.Api.Campaigns;

namespace PortraitGen.Api.Cli;

internal static class CampaignCommand
{
    private static readonly Argument<Guid> Id = new("ID") { Description = "The campaign, as 'campaign list' names it." };

    public static Command Create() => ClientOptions.Group("campaign", "Training campaigns and curations.", Submit(), List(), ShowOne(), Watch(), Pause(), Resume(), ExplainCommand.Create("api/campaigns", "campaign", Id), Cancel());

    private static Command Submit()
    {
        var file = new Argument<FileInfo>("FILE") { Description = "The specification: .yaml, .yml or .json." };
        var key = new Option<string>("--key") { Description = "Idempotency key: submitting again with it gives the same campaign." };
        var priority = new Option<int>("--priority") { Description = "Higher goes first among the campaigns of its team." };
        var team = new Option<string>("--team") { Description = "Whose work it is. Default: 'default'." };
        var budget = new Option<double?>("--budget") { Description = "Device-hours after which it stops." };
        var memory = new Option<int?>("--memory") { Description = "GiB that a worker's device must have." };
        return new Command("submit", "Submit a training campaign.") { file, key, team, priority, budget, memory }.Verb(async (parsed, client, cancel) =>
        {
            string query = FormattableString.Invariant($"priority={parsed.GetValue(priority)}&team={Escape(parsed.GetValue(team))}&budget={parsed.GetValue(budget)}&memory={parsed.GetValue(memory)}");
            var answer = await client.PostAsync($"api/campaigns?{query}", await BodyAsync(parsed.GetRequiredValue(file), cancel), cancel, parsed.GetValue(key));
            return Show.Answer(parsed, answer, a => Console.Out.WriteLine($"Campaign {a["id"]} '{a["name"]}' is {a["state"]}. Follow it: portraitgen campaign watch {a["id"]}"));
        });
    }

    private static Command List()
    {
        var state = new Option<string>("--state") { Description = "queued, running, paused, succeeded, failed, cancelling or cancelled." };
        var kind = new Option<string>("--kind") { Description = "training, curation or pretraining." };
        var limit = new Option<int>("--limit") { Description = "At most so many.", DefaultValueFactory = _ => 50 };
        return new Command("list", "List campaigns, newest first.") { state, kind, limit }.Verb(async (parsed, client, cancel) =>
        {
            string query = $"api/campaigns?limit={parsed.GetValue(limit)}&state={Escape(parsed.GetValue(state))}" + (parsed.GetValue(kind) is { } k ? $"&kind={Escape(k)}" : "");
            return Show.Answer(parsed, await client.GetAsync(query, cancel), a => Show.Table(a["items"]!.AsArray(), "There is no such campaign.",
                ("Id", "id"), ("Kind", "kind"), ("Name", "name"), ("State", "state"), ("Created", "createdAt"), ("Ended", "endedAt"), ("Why", "failureReason")));
        });
    }

    private static Command ShowOne() => new Command("show", "Show a campaign with its jobs.") { Id }.Verb(async (parsed, client, cancel) =>
        Show.Answer(parsed, await client.GetAsync($"api/campaigns/{parsed.GetRequiredValue(Id)}", cancel), a =>
        {
            Show.Pairs(a["campaign"]!, ("Campaign", "id"), ("Kind", "kind"), ("Name", "name"), ("State", "state"), ("Failure", "failureClass"), ("Why", "failureReason"),
                ("Spec hash", "specHash"), ("Created", "createdAt"), ("Ended", "endedAt"));
            Show.Table(a["jobs"]!.AsArray(), "It has no job.", ("#", "ordinal"), ("Job", "name"), ("State", "state"), ("Stage", "stageName"), ("Shards", "stageSize"), ("Left", "remaining"), ("Why", "failureReason"));
        }));

    private static Command Watch() => new Command("watch", "Follow a campaign until it ends. Exit code 0 when it succeeded.") { Id }.Verb((parsed, client, cancel) =>
        new CampaignWatch(client, parsed.GetRequiredValue(Id), parsed.GetValue(ClientOptions.Json)).RunAsync(cancel));

    private static Command Pause() => new Command("pause", "Pause a campaign: what runs is put back at its next safe point, and the devices are free.") { Id }.Verb((parsed, client, cancel) => PostAsync(parsed, client, "pause", cancel));

    private static Command Resume() => new Command("resume", "Have a paused campaign go on where it was.") { Id }.Verb((parsed, client, cancel) => PostAsync(parsed, client, "resume", cancel));

    private static Command Cancel() => new Command("cancel", "Cancel a campaign: what waits at once, what runs at its next safe point.") { Id }.Verb((parsed, client, cancel) => PostAsync(parsed, client, "cancel", cancel));

    private static async Task<int> PostAsync(ParseResult parsed, ApiClient client, string verb, CancellationToken cancel) =>
        Show.Answer(parsed, await client.PostAsync($"api/campaigns/{parsed.GetRequiredValue(Id)}/{verb}", null, cancel), a => Console.Out.WriteLine($"Campaign {a["id"]} is {a["state"]}."));

    private static async Task<HttpContent> BodyAsync(FileInfo file, CancellationToken cancel)
    {
        if (!file.Exists) throw new CommandException(ExitCodes.BadInput, $"There is no file {file}.");
        bool yaml = file.Extension.ToLowerInvariant() switch
        {
            ".yaml" or ".yml" => true,
            ".json" => false,
            _ => throw new CommandException(ExitCodes.BadInput, $"{file.Name} says not what it is: name it .yaml, .yml or .json."),
        };
        var body = new ByteArrayContent(await File.ReadAllBytesAsync(file.FullName, cancel));
        body.Headers.ContentType = new MediaTypeHeaderValue(yaml ? SpecBody.Yaml : SpecBody.Json);
        return body;
    }

    private static string Escape(string? text) => Uri.EscapeDataString(text ?? "");
}
