using Hangfire;
using Hangfire.InMemory;
using Hangfire.PostgreSql;
using Microsoft.Extensions.DependencyInjection;
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
        services.AddHangfire((_, hangfire) => hangfire.UseSimpleAssemblyNameTypeSerializer().UseRecommendedSerializerSettings());
        return services.AddHangfireServer(server =>
        {
            server.WorkerCount = options.Concurrency;
            server.SchedulePollingInterval = Poll;
            server.ShutdownTimeout = TimeSpan.FromSeconds(5);
            server.ServerName = $"portraitgen-{Environment.MachineName}";
        });
    }

    /// <summary>Has the sweep run for ever.</summary>
    internal static void ScheduleSweep(IRecurringJobManager recurring, TimeSpan every) =>
        recurring.AddOrUpdate<OrchestrationSteps>("sweep", steps => steps.SweepAsync(CancellationToken.None), $"*/{Math.Clamp((int)every.TotalSeconds, 1, 59)} * * * * *");

    // Sliding: a step that lives keeps its lease, however long it takes; a dead one's is taken over after a minute.
    private static PostgreSqlStorageOptions Storage() => new()
    {
        QueuePollInterval = Poll, UseSlidingInvisibilityTimeout = true, InvisibilityTimeout = TimeSpan.FromMinutes(1),
    };
}
