using System.CommandLine;
using System.Text.Json.Nodes;

namespace PortraitGen.Api.Cli;

internal static class JobCommand
{
    private static readonly Argument<Guid> Id = new("ID") { Description = "The job, as 'campaign show --json' names it." };

    public static Command Create() => ClientOptions.Group("job", "Jobs of campaigns, and their shards.", ShowOne(), ExplainCommand.Create("api/jobs", "job", Id), Redrive());

    private static Command ShowOne() => new Command("show", "Show a job with its shards; of failed and parked ones the payload and the stack trace.") { Id }.Verb(async (parsed, client, cancel) =>
    {
        var answer = await client.GetAsync($"api/jobs/{parsed.GetRequiredValue(Id)}", cancel);
        var bad = new JsonArray();
        foreach (var shard in answer["shards"]!.AsArray().Where(s => Show.Value(s, "state") is "failed" or "parked"))
            bad.Add(await client.GetAsync($"api/shards/{Show.Value(shard, "id")}", cancel));
        answer["bad"] = bad;
        return Show.Answer(parsed, answer, a =>
        {
            Show.Pairs(a["job"]!, ("Job", "id"), ("Name", "name"), ("State", "state"), ("Stage", "stageName"), ("Failure", "failureClass"), ("Why", "failureReason"));
            Show.Table(a["shards"]!.AsArray(), "It has no shard.", ("Shard", "id"), ("Stage", "stageName"), ("#", "index"), ("State", "state"), ("Attempt", "attempt"), ("Worker", "worker"), ("Failure", "failureClass"));
            foreach (var shard in bad) Show.Pairs(shard!, ("Shard", "shard.id"), ("Why", "shard.failureReason"), ("Deaths", "deaths"), ("Runs", "runs"), ("Payload", "input"), ("Stack", "stack"));
        });
    });

    private static Command Redrive() => new Command("redrive", "Try a failed job again where it failed, parked shards too.") { Id }.Verb(async (parsed, client, cancel) =>
        Show.Answer(parsed, await client.PostAsync($"api/jobs/{parsed.GetRequiredValue(Id)}/redrive", null, cancel),
            a => Console.Out.WriteLine($"Job {a["name"]} is {a["state"]}. Follow it: portraitgen campaign watch {a["campaignId"]}")));
}
