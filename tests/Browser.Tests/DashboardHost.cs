using Hangfire;
using Microsoft.AspNetCore.Builder;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using PortraitGen.Api.Hosting;
using PortraitGen.Domain.Artifacts;
using PortraitGen.Jobs.Data;
using PortraitGen.Jobs.Hosting;

namespace PortraitGen.Browser.Tests;

/// <summary>The server itself on Kestrel at a free port, with artifacts in a folder of its own.</summary>
public sealed class DashboardHost : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly string _folder;

    private DashboardHost(WebApplication app, string folder) => (_app, _folder) = (app, folder);

    public string Address => _app.Urls.First();
    public IArtifactStore Store => _app.Services.GetRequiredService<IArtifactStore>();

    /// <param name="postgres">A database of its own; null for SQLite.</param>
    public static async Task<DashboardHost> StartAsync(string? postgres, CancellationToken cancel)
    {
        string folder = Directory.CreateTempSubdirectory("portraitgen-browser-").FullName;
        // No worker and no sweep during the test: the rows that it writes stay as it wrote them.
        var jobs = new JobsOptions { Postgres = postgres, DataFolder = folder, HeartbeatPatience = TimeSpan.FromHours(12) };
        var app = ApiHost.Build(new ServeSettings { Jobs = jobs, Listen = "http://127.0.0.1:0", Workers = 0 }, services => services.AddLogging(logging => logging.ClearProviders()));
        await app.StartAsync(cancel);
        app.Services.GetRequiredService<IRecurringJobManager>().RemoveIfExists("sweep");
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
