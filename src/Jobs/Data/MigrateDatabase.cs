using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using PortraitGen.Jobs.Hosting;
using PortraitGen.Jobs.Scheduling;

namespace PortraitGen.Jobs.Data;

/// <summary>Brings the database to this version's schema.</summary>
public sealed partial class MigrateDatabase(JobsDb db, JobsOptions options, ILogger<MigrateDatabase> logger)
{
    /// <returns>The migrations that were applied, oldest first; empty when there was nothing to do.</returns>
    /// <exception cref="ServerUnreachableException">Says which server, and what was tried.</exception>
    public async Task<IReadOnlyList<string>> RunAsync(CancellationToken cancel)
    {
        if (options.Postgres is null) Directory.CreateDirectory(options.DataFolder);
        try
        {
            List<string> pending = [.. await db.Database.GetPendingMigrationsAsync(cancel)];
            if (pending.Count > 0) await db.Database.MigrateAsync(cancel);
            await Time.PrepareAsync(options, cancel);
            if (pending.Count == 0) return pending;
            LogMigrated(options.Describe(), pending.Count);
            return pending;
        }
        catch (Exception e) when (options.Postgres is not null && IsOutage(e))
        {
            throw new ServerUnreachableException(options.Describe(), "connecting and reading which migrations it has", "PORTRAITGEN_POSTGRES", e);
        }
    }

    // EF wraps what it takes for passing trouble.
    private static bool IsOutage(Exception e) =>
        e is Npgsql.NpgsqlException or System.Net.Sockets.SocketException or TimeoutException || (e.InnerException is { } inner && IsOutage(inner));

    [LoggerMessage(1081, LogLevel.Information, "Applied {Count} migrations to {Database}")]
    private partial void LogMigrated(string database, int count);
}
