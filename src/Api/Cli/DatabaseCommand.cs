using System.CommandLine;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using PortraitGen.Jobs.Data;
using PortraitGen.Jobs.Hosting;

namespace PortraitGen.Api.Cli;

internal static class DatabaseCommand
{
    public static Command Create()
    {
        var data = new Option<string>("--data") { Description = "Where embedded rows live. Default: PORTRAITGEN_DATA, else out/portraitgen.", HelpName = "DIR" };
        var migrate = new Command("migrate", "Bring the database to this version's schema. PORTRAITGEN_POSTGRES names it; unset, it is a SQLite file.") { data, ClientOptions.Json };
        migrate.SetAction(async (parsed, cancel) =>
        {
            var options = JobsOptions.FromEnvironment();
            if (parsed.GetValue(data) is { } folder) options = options with { DataFolder = folder };
            await using var services = new ServiceCollection().AddLogging().AddPortraitGenJobs(options).BuildServiceProvider();
            await using var scope = services.CreateAsyncScope();
            var applied = await scope.ServiceProvider.GetRequiredService<MigrateDatabase>().RunAsync(cancel);
            var answer = new JsonObject { ["database"] = options.Describe(), ["applied"] = new JsonArray([.. applied.Select(a => (JsonNode)a)]) };
            return Show.Answer(parsed, answer, _ => Console.Out.WriteLine(applied.Count == 0 ? $"{options.Describe()} is up to date." : $"Applied {string.Join(", ", applied)} to {options.Describe()}."));
        });
        return new Command("db", "The database.") { migrate };
    }
}
