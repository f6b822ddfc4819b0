using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;

namespace PortraitGen.Api.Cli;

/// <summary>The verb <c>explain</c> of jobs and campaigns.</summary>
internal static class ExplainCommand
{
    /// <param name="path">The resource's address, e.g. <c>api/jobs</c>.</param>
    public static Command Create(string path, string what, Argument<Guid> id) => new Command("explain", $"Say why a {what} waits, and for how long.") { id }.Verb(async (parsed, client, cancel) =>
        Show.Answer(parsed, await client.GetAsync($"{path}/{parsed.GetRequiredValue(id)}/explain", cancel), Print));

    private static void Print(JsonNode answer)
    {
        string job = Show.Value(answer, "job");
        Console.Out.WriteLine($"Campaign '{Show.Value(answer, "campaign")}' of team '{Show.Value(answer, "team")}' is {Show.Value(answer, "campaignState")}"
            + (job.Length > 0 ? $"; job '{job}' is {Show.Value(answer, "jobState")}, {Show.Value(answer, "waiting")} shards wait, {Show.Value(answer, "inFlight")} are in flight." : "."));
        foreach (var reason in answer["reasons"]!.AsArray()) Console.Out.WriteLine($"  {Show.Value(reason, "code"),-10}  {Show.Value(reason, "text")}");
        if (answer["estimate"] is { } estimate)
            Console.Out.WriteLine($"  {"estimate",-10}  The next starts in about {Duration(estimate["startsInSeconds"]!)}, the stage is done in about {Duration(estimate["doneInSeconds"]!)}. Basis: {Show.Value(estimate, "basis")}");
    }

    private static string Duration(JsonNode seconds) => seconds.GetValue<double>() switch
    {
        < 100 and var s => string.Create(CultureInfo.InvariantCulture, $"{s:0} s"),
        < 6000 and var s => string.Create(CultureInfo.InvariantCulture, $"{s / 60:0} min"),
        var s => string.Create(CultureInfo.InvariantCulture, $"{s / 3600:0.#} h"),
    };
}
