using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Mvc;
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
        builder.Logging.AddFilter("Microsoft.Extensions.Hosting", LogLevel.Critical) // a failed start is told in one line by whoever started it
            .AddFilter("Microsoft", LogLevel.Warning).AddFilter("System", LogLevel.Warning).AddFilter("MassTransit", LogLevel.Warning).AddFilter("Hangfire", LogLevel.Warning);
        builder.Services.AddServer(settings);
        also?.Invoke(builder.Services);

        var app = builder.Build();
        app.UseExceptionHandler().UseStatusCodePages().UseCrossSiteGuard();
        app.MapHealth();
        app.MapCampaigns();
        app.MapJobs();
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
        if (settings.DeviceThreads > 0) services.AddShardHandlers(Path.Combine(settings.Jobs.DataFolder, "models")).AddWorker(new WorkerOptions { Concurrency = settings.DeviceThreads }, settings.Jobs.RabbitMq);

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
