using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using PortraitGen.Api.Dashboard;
using PortraitGen.Domain.Artifacts;
using PortraitGen.Jobs.Artifacts;
using PortraitGen.Jobs.Data;
using PortraitGen.Jobs.Hosting;

namespace PortraitGen.Browser.Tests;

/// <summary>Orchestration and dashboard on Kestrel at a free port, with SQLite and artifacts in a folder of its own.</summary>
public sealed class DashboardHost : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly string _folder;

    private DashboardHost(WebApplication app, string folder) => (_app, _folder) = (app, folder);

    public string Address => _app.Urls.First();
    public IArtifactStore Store => _app.Services.GetRequiredService<IArtifactStore>();
    public IServiceProvider Services => _app.Services;

    public static async Task<DashboardHost> StartAsync(CancellationToken cancel)
    {
        string folder = Directory.CreateTempSubdirectory("portraitgen-browser-").FullName;
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        // No sweep during the test: the rows that it writes stay as it wrote them.
        builder.Services.AddPortraitGenJobs(new JobsOptions { DataFolder = folder, SweepEvery = TimeSpan.FromHours(12), HeartbeatPatience = TimeSpan.FromHours(12) });
        builder.Services.AddSingleton(ArtifactStores.Open(null, Path.Combine(folder, "artifacts")));
        builder.Services.AddDashboard();
        var app = builder.Build();
        app.MapGet("/api/artifacts/{hash}", async (string hash, IArtifactStore store, HttpContext http) =>
        {
            if (!ContentHash.TryParse(hash, out var parsed) || !await store.ExistsAsync(parsed, http.RequestAborted)) return Results.NotFound();
            http.Response.Headers.CacheControl = "private, max-age=31536000, immutable";
            return Results.Bytes(await store.GetAsync(parsed, http.RequestAborted), MediaTypes.Png);
        });
        app.MapDashboard();
        await app.StartAsync(cancel);
        return new(app, folder);
    }

    /// <summary>Changes rows as orchestration would.</summary>
    public async Task WriteAsync(Func<JobsDb, Task> change, CancellationToken cancel)
    {
        await using var db = await _app.Services.GetRequiredService<IDbContextFactory<JobsDb>>().CreateDbContextAsync(cancel);
        await using var write = await db.BeginWriteAsync(cancel);
        await change(db);
        await db.SaveChangesAsync(cancel);
        await write.CommitAsync(cancel);
    }

    public Task StopAsync(CancellationToken cancel) => _app.StopAsync(cancel);

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
        Directory.Delete(_folder, recursive: true);
    }
}
