using System.Data.Common;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Npgsql;
using PortraitGen.Jobs.Hosting;

namespace PortraitGen.Jobs.Data;

/// <summary>Which database there is: a SQLite file, or PostgreSQL. The only place, with <see cref="Locking"/>, that knows which.</summary>
public static class Database
{
    public const string SqliteMigrations = "PortraitGen.Migrations.Sqlite";
    public const string PostgresMigrations = "PortraitGen.Migrations.Postgres";

    internal static IServiceCollection AddRows(this IServiceCollection services, JobsOptions options) =>
        services.AddDbContextFactory<JobsDb>(builder =>
        {
            // A command's failure is an exception that its caller reports; a first start asks for tables that are not there yet.
            builder.ConfigureWarnings(warnings => warnings.Log((RelationalEventId.CommandError, LogLevel.Debug)));
            if (options.Postgres is { } postgres) UsePostgres(builder, postgres);
            else UseSqlite(builder, Path.Combine(options.DataFolder, "portraitgen.db"));
        });

    public static void UsePostgres(DbContextOptionsBuilder builder, string connection) =>
        builder.UseNpgsql(connection, npgsql => npgsql.MigrationsAssembly(PostgresMigrations));

    public static void UseSqlite(DbContextOptionsBuilder builder, string file) =>
        builder.UseSqlite(new SqliteConnectionStringBuilder { DataSource = file, ForeignKeys = true, Pooling = true }.ToString(),
            sqlite => sqlite.MigrationsAssembly(SqliteMigrations)).AddInterceptors(SqlitePragmas.One);

    /// <summary>Where the rows are, for people: never with a password.</summary>
    public static string Describe(this JobsOptions options)
    {
        if (options.Postgres is not { } postgres) return $"SQLite {Path.Combine(options.DataFolder, "portraitgen.db")}";
        var parts = new NpgsqlConnectionStringBuilder(postgres);
        return $"PostgreSQL {parts.Host}:{parts.Port}/{parts.Database} as {parts.Username}";
    }

    /// <summary>Readers beside the writer (WAL), a commit without waiting for the disk (safe against a dying process), and patience with other processes.</summary>
    private sealed class SqlitePragmas : DbConnectionInterceptor
    {
        public static readonly SqlitePragmas One = new();

        public override void ConnectionOpened(DbConnection connection, ConnectionEndEventData eventData) => Set(connection);

        public override Task ConnectionOpenedAsync(DbConnection connection, ConnectionEndEventData eventData, CancellationToken cancellationToken = default)
        {
            Set(connection);
            return Task.CompletedTask;
        }

        private static void Set(DbConnection connection)
        {
            using var command = connection.CreateCommand();
            command.CommandText = "PRAGMA busy_timeout = 10000; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;";
            command.ExecuteNonQuery();
        }
    }
}
