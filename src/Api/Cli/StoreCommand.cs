using System.CommandLine;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using PortraitGen.Domain.Artifacts;
using PortraitGen.Jobs.Artifacts;
using PortraitGen.Jobs.Hosting;

namespace PortraitGen.Api.Cli;

/// <summary>The bytes: what nothing needs any more is listed, or cleared away as the server does once a night.</summary>
internal static class StoreCommand
{
    public static Command Create()
    {
        var data = new Option<string>("--data") { Description = "Where embedded rows and blobs live. Default: PORTRAITGEN_DATA, else out/portraitgen.", HelpName = "DIR" };
        var dry = new Option<bool>("--dry-run") { Description = "List what would go, with sizes and reasons, and change nothing." };
        var days = new Option<int?>("--keep-days") { Description = "Days for which an ended campaign keeps everything. Default: PORTRAITGEN_KEEP_DAYS, else 14." };
        var every = new Option<int?>("--keep-every") { Description = "After that, keep the policy of every n-th epoch beside the last; 0: the last alone. Default: PORTRAITGEN_KEEP_EVERY, else 5." };
        foreach (var option in new[] { days, every })
            option.Validators.Add(r =>
            {
                if (r.Tokens.Count > 0 && (!int.TryParse(r.Tokens[0].Value, out int n) || n is < 0 or > 36500)) r.AddError($"{option.Name} is a whole number from 0.");
            });
        var collect = new Command("collect", "Clear the store of what nothing needs any more. Needs the database and the store themselves (PORTRAITGEN_POSTGRES, PORTRAITGEN_S3, PORTRAITGEN_DATA), no server.")
        {
            data, dry, days, every, ClientOptions.Json,
        };
        collect.SetAction(async (parsed, cancel) =>
        {
            var options = JobsOptions.FromEnvironment();
            if (parsed.GetValue(data) is { } folder) options = options with { DataFolder = folder };
            var retention = options.Retention;
            if (parsed.GetValue(days) is { } d) retention = retention with { Finished = TimeSpan.FromDays(d) };
            if (parsed.GetValue(every) is { } n) retention = retention with { KeepEvery = n };
            await using var services = new ServiceCollection().AddLogging().AddPortraitGenJobs(options)
                .AddSingleton(ArtifactStores.Open(options.S3, Path.Combine(options.DataFolder, "artifacts"))).BuildServiceProvider();
            await using var scope = services.CreateAsyncScope();
            var items = await scope.ServiceProvider.GetRequiredService<CollectArtifacts>().RunAsync(retention, parsed.GetValue(dry), cancel);
            var answer = new JsonObject { ["dryRun"] = parsed.GetValue(dry), ["items"] = new JsonArray([.. items.Select(i => (JsonNode)DomainJson.ToNode(i))]), ["bytes"] = items.Sum(i => i.Length) };
            return Show.Answer(parsed, answer, a => Print(a["items"]!.AsArray(), items, parsed.GetValue(dry)));
        });
        return new Command("store", "Where the bytes are.") { collect };
    }

    private static void Print(JsonArray rows, IReadOnlyList<Collected> items, bool dry)
    {
        Show.Table(rows, "There is nothing to collect.", ("Action", "action"), ("Bytes", "length"), ("Key", "key"), ("Reason", "reason"));
        foreach (var action in items.GroupBy(i => i.Action).OrderBy(g => g.Key))
            Console.Out.WriteLine($"{(dry ? "would " : "")}{action.Key.ToString().ToLowerInvariant()}: {action.Count()} things, {action.Sum(i => i.Length):N0} bytes");
    }
}
