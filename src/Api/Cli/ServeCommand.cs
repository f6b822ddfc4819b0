using System.CommandLine;
using PortraitGen.Api.Hosting;
using PortraitGen.Jobs.Data;
using PortraitGen.Jobs.Hosting;

namespace PortraitGen.Api.Cli;

internal static class ServeCommand
{
    public static Command Create()
    {
        var listen = new Option<string>("--listen") { Description = $"Where to listen. Default: ASPNETCORE_URLS, else {ServeSettings.DefaultAddress}.", HelpName = "URL" };
        var workers = new Option<int?>("--workers") { Description = "Device threads in this process. Default: 1 without RabbitMQ, 0 with it (workers are then processes of their own)." };
        var data = new Option<string>("--data") { Description = "Where embedded rows and blobs live. Default: PORTRAITGEN_DATA, else out/portraitgen.", HelpName = "DIR" };
        var models = new Option<string[]>("--models") { Description = "A folder of base models; may be given several times. Default: PORTRAITGEN_MODELS, else the folders 'models' here and at the clone's root.", HelpName = "DIR" };
        var patience = new Option<int>("--patience") { Description = "Seconds that configured servers may take to come up.", DefaultValueFactory = _ => 20 };
        workers.From(0, 64);
        patience.From(0, 86400);
        var serve = new Command("serve", "Start the server: HTTP, dashboard and orchestration in one process.") { listen, workers, data, models, patience };
        serve.SetAction((parsed, cancel) => RunAsync(new ServeSettings
        {
            Jobs = parsed.GetValue(data) is { } folder ? JobsOptions.FromEnvironment() with { DataFolder = folder } : JobsOptions.FromEnvironment(),
            Listen = parsed.GetValue(listen) ?? Set("ASPNETCORE_URLS") ?? ServeSettings.DefaultAddress,
            Workers = parsed.GetValue(workers),
            Patience = TimeSpan.FromSeconds(parsed.GetValue(patience)),
            Models = parsed.GetValue(models) is { Length: > 0 } given ? given : ServeSettings.ModelRoots(),
        }, cancel));
        return serve;
    }

    private static async Task<int> RunAsync(ServeSettings settings, CancellationToken cancel)
    {
        CheckAddresses(settings.Listen);
        await Preflight.RunAsync(settings, TimeProvider.System, cancel);
        await using var app = ApiHost.Build(settings);
        try
        {
            await app.StartAsync(cancel);
        }
        catch
        {
            // What had started, the bus first, ends in its order: its handlers must not outlive the services that they use.
            await app.StopAsync(CancellationToken.None);
            throw;
        }

        Console.Out.WriteLine($"Listening on {string.Join(", ", app.Urls)}; rows in {settings.Jobs.Describe()}; {settings.DeviceThreads} device threads. Ctrl-C stops.");
        await app.WaitForShutdownAsync(cancel);
        return ExitCodes.Ok;
    }

    private static void CheckAddresses(string listen)
    {
        foreach (string address in listen.Split(';', StringSplitOptions.RemoveEmptyEntries))
            try
            {
                _ = BindingAddress.Parse(address);
            }
            catch (FormatException)
            {
                throw new CommandException(ExitCodes.BadInput, $"'{address}' is no address to listen on: write it as {ServeSettings.DefaultAddress}.");
            }
    }

    private static string? Set(string variable) => Environment.GetEnvironmentVariable(variable) is { Length: > 0 } value ? value : null;
}
