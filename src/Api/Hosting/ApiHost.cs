using System.Text.Json.Serialization;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Logging.Console;
using PortraitGen.Api.Artifacts;
using PortraitGen.Api.Campaigns;
using PortraitGen.Api.Curation;
using PortraitGen.Api.Dashboard;
using PortraitGen.Domain.Artifacts;
using PortraitGen.Gpu.Runtime;
using PortraitGen.Jobs.Artifacts;
using PortraitGen.Jobs.Campaigns;
using PortraitGen.Jobs.Curation;
using PortraitGen.Jobs.Hosting;

namespace PortraitGen.Api.Hosting;

/// <summary>The server: HTTP and orchestration in one process, and a worker when there are device threads.</summary>
public static class ApiHost
{
    /// <param name="also">Services beside the server's own, e.g. of a test.</param>
    public static WebApplication Build(ServeSettings settings, Action<IServiceCollection>? also = null)
    {
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { ApplicationName = typeof(ApiHost).Assembly.GetName().Name });
        builder.WebHost.UseUrls(settings.Listen).ConfigureKestrel(kestrel => kestrel.AddServerHeader = false);
        builder.Logging.SetMinimumLevel(settings.Log).AddFilter("Microsoft.Extensions.Hosting", LogLevel.Critical) // a failed start is told in one line by whoever started it
            .AddFilter("Microsoft.AspNetCore.DataProtection", LogLevel.Error) // keys that only guard forms lie in the data folder in the clear: known, no news for each start
            .AddFilter("Microsoft.AspNetCore.Antiforgery", LogLevel.Error) // pages that are asked for each second forbid caching themselves
            .AddFilter("Microsoft", LogLevel.Warning).AddFilter("System", LogLevel.Warning).AddFilter("MassTransit", LogLevel.Warning).AddFilter("Hangfire", LogLevel.Warning);
        builder.Logging.AddSimpleConsole(console => (console.SingleLine, console.TimestampFormat) = (true, "HH:mm:ss.fff ")); // as a worker writes
        // Standard output belongs to what was asked for, e.g. --json.
        builder.Services.Configure<ConsoleLoggerOptions>(console => console.LogToStandardErrorThreshold = LogLevel.Trace);
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = settings.Grace + TimeSpan.FromSeconds(30));
        builder.Services.AddServer(settings);
        also?.Invoke(builder.Services);

        var app = builder.Build();
        app.UseExceptionHandler().UseStatusCodePages().UseCrossSiteGuard();
        app.MapHealth();
        app.MapCampaigns();
        app.MapJobs();
        app.MapTeams();
        app.MapBatches();
        app.MapDatasets();
        app.MapArtifacts();
        app.MapOpenApi();
        app.MapDashboard();
        return app;
    }

    private static void AddServer(this IServiceCollection services, ServeSettings settings)
    {
        services.AddSingleton<IArtifactStore>(provider => ArtifactStores.Open(
            settings.Jobs.S3, Path.Combine(settings.Jobs.DataFolder, "artifacts"), provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<ILoggerFactory>()));
        services.AddPortraitGenJobs(settings.Jobs).AddPlans();
        if (settings.DeviceThreads > 0) services.AddShardHandlers(Path.Combine(settings.Jobs.DataFolder, "models")).AddWorker(new WorkerOptions { Concurrency = settings.DeviceThreads, Grace = settings.Grace }, settings.Jobs.RabbitMq);

        services.AddSingleton(new ModelFolders(settings.Models)).AddSingleton(new UploadLimits()).AddSingleton(new EventStreamOptions());
        services.AddScoped<ResolveSpec>().AddScoped<StoreBatch>().AddScoped<FreezeBatch>().AddScoped<CurationQueries>().AddScoped<Readiness>();
        services.ConfigureHttpJsonOptions(json =>
        {
            foreach (var converter in DomainJson.Options.Converters) json.SerializerOptions.Converters.Add(converter);
            json.SerializerOptions.NumberHandling = JsonNumberHandling.Strict;
        });
        services.AddProblemDetails(problems => problems.CustomizeProblemDetails = context => Complete(context.ProblemDetails, context.HttpContext));
        services.AddOpenApi();
        services.AddDashboard();
        services.AddDataProtection().PersistKeysToFileSystem(new DirectoryInfo(Path.Combine(settings.Jobs.DataFolder, "keys")));
    }

    /// <summary>Answers that no endpoint wrote have our types too, and never an exception's text.</summary>
    private static void Complete(ProblemDetails problem, HttpContext http)
    {
        if (problem.Type?.StartsWith(ProblemTypes.Prefix, StringComparison.Ordinal) != true) problem.Type = ProblemTypes.Of(problem.Status ?? http.Response.StatusCode);
        if (problem.Type == ProblemTypes.Internal) problem.Detail = "Something went wrong here. The server's log has more under the traceId.";
        problem.Instance = http.Request.Path;
        problem.Extensions["traceId"] = System.Diagnostics.Activity.Current?.Id ?? http.TraceIdentifier;
    }
}
