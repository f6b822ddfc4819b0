using System.CommandLine;
using System.Net.Http.Headers;
using PortraitGen.Api.Campaigns;

namespace PortraitGen.Api.Cli;

internal static class CampaignCommand
{
    private static readonly Argument<Guid> Id = new("ID") { Description = "The campaign, as 'campaign list' names it." };

    public static Command Create() => ClientOptions.Group("campaign", "Training campaigns and curations.", Submit(), List(), ShowOne(), Watch(), Cancel());

    private static Command Submit()
    {
        var file = new Argument<FileInfo>("FILE") { Description = "The specification: .yaml, .yml or .json." };
        var key = new Option<string>("--key") { Description = "Idempotency key: submitting again with it gives the same campaign." };
        var priority = new Option<int>("--priority") { Description = "Higher goes first." };
        return new Command("submit", "Submit a training campaign.") { file, key, priority }.Verb(async (parsed, client, cancel) =>
        {
            var answer = await client.PostAsync($"api/campaigns?priority={parsed.GetValue(priority)}", await BodyAsync(parsed.GetRequiredValue(file), cancel), cancel, parsed.GetValue(key));
            return Show.Answer(parsed, answer, a => Console.Out.WriteLine($"Campaign {a["id"]} '{a["name"]}' is {a["state"]}. Follow it: portraitgen campaign watch {a["id"]}"));
        });
    }

    private static Command List()
    {
        var state = new Option<string>("--state") { Description = "queued, running, succeeded, failed, cancelling or cancelled." };
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

    private static Command Cancel() => new Command("cancel", "Cancel a campaign: what waits at once, what runs at its next safe point.") { Id }.Verb(async (parsed, client, cancel) =>
        Show.Answer(parsed, await client.PostAsync($"api/campaigns/{parsed.GetRequiredValue(Id)}/cancel", null, cancel), a => Console.Out.WriteLine($"Campaign {a["id"]} is {a["state"]}.")));

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
