using Hangfire;
using Hangfire.AspNetCore;
using Hangfire.InMemory;
using Hangfire.PostgreSql;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Npgsql;
using PortraitGen.Jobs.Hosting;

namespace PortraitGen.Jobs.Scheduling;

/// <summary>Where time is kept: Hangfire in memory or in PostgreSQL. The only place that knows which.</summary>
public static class Time
{
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(500);

    internal static IServiceCollection AddTime(this IServiceCollection services, JobsOptions options)
    {
        // Registered here and not through UseStorage, which is one for the whole process: two hosts in one process each have their own.
        services.AddSingleton<JobStorage>(_ => options.Postgres is { } postgres
            ? new PostgreSqlStorage(new Hangfire.PostgreSql.Factories.NpgsqlConnectionFactory(postgres, Storage()), Storage())
            : new InMemoryStorage(new InMemoryStorageOptions { MaxExpirationTime = TimeSpan.FromHours(1) }));
        services.AddHangfire((provider, hangfire) => hangfire
            .UseSimpleAssemblyNameTypeSerializer().UseRecommendedSerializerSettings().UseLogProvider(new HangfireLog(provider.GetRequiredService<ILoggerFactory>())));
        return services.AddHangfireServer((provider, server) =>
        {
            // Named here for the same reason: by default a step could run on the services of another host of the process.
            server.Activator = new AspNetCoreJobActivator(provider.GetRequiredService<IServiceScopeFactory>());
            server.WorkerCount = options.Concurrency;
            server.SchedulePollingInterval = Poll;
            server.ShutdownTimeout = TimeSpan.FromSeconds(5);
            server.ServerName = $"portraitgen-{Environment.MachineName}";
        });
    }

    /// <summary>Installs or upgrades Hangfire's tables, where it has any.</summary>
    internal static async Task PrepareAsync(JobsOptions options, CancellationToken cancel)
    {
        if (options.Postgres is not { } postgres) return;
        await using var connection = new NpgsqlConnection(postgres);
        await connection.OpenAsync(cancel);
        PostgreSqlObjectsInstaller.Install(connection);
    }

    /// <summary>Has the store cleared once a night.</summary>
    internal static void ScheduleCollection(IRecurringJobManager recurring) =>
        recurring.AddOrUpdate<OrchestrationSteps>("collect", steps => steps.CollectAsync(CancellationToken.None), "17 3 * * *");

    /// <summary>Has the sweep run for ever, and the archive once an hour.</summary>
    internal static void ScheduleSweep(IRecurringJobManager recurring, TimeSpan every)
    {
        recurring.AddOrUpdate<OrchestrationSteps>("archive", steps => steps.ArchiveAsync(CancellationToken.None), "17 * * * *");
        recurring.AddOrUpdate<OrchestrationSteps>("sweep", steps => steps.SweepAsync(CancellationToken.None), $"*/{Math.Clamp((int)every.TotalSeconds, 1, 59)} * * * * *");
    }

    // Sliding: a step that lives keeps its lease, however long it takes; a dead one's is taken over after 20 s.
    private static PostgreSqlStorageOptions Storage() => new()
    {
        PrepareSchemaIfNecessary = false, // by Prepare, which fails at once and in words where its own start tries for half a minute
        QueuePollInterval = Poll,
        EnableLongPolling = true,
        UseSlidingInvisibilityTimeout = true,
        InvisibilityTimeout = TimeSpan.FromSeconds(20),
        // A lock is a row that a dead process, or a cut connection, leaves behind; by default it stood for ten minutes, in which no sweep ran and no server started.
        // Locks are held for milliseconds. Should one be slower than this, the same work is asked for twice, and every step may be repeated.
        DistributedLockTimeout = TimeSpan.FromSeconds(5),
    };
}
