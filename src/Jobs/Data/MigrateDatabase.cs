using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using PortraitGen.Jobs.Hosting;

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
            if (pending.Count == 0) return pending;
            await db.Database.MigrateAsync(cancel);
            LogMigrated(options.Describe(), pending.Count);
            return pending;
        }
        catch (Exception e) when (options.Postgres is not null && e is Npgsql.NpgsqlException or System.Net.Sockets.SocketException or TimeoutException)
        {
            throw new ServerUnreachableException(options.Describe(), "connecting and reading which migrations it has", "PORTRAITGEN_POSTGRES", e);
        }
    }

    [LoggerMessage(1081, LogLevel.Information, "Applied {Count} migrations to {Database}")]
    private partial void LogMigrated(string database, int count);
}
