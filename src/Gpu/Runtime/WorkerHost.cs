using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using PortraitGen.Jobs.Messaging;

namespace PortraitGen.Gpu.Runtime;

/// <summary>Adds a worker to a host: the worker's own process, or the server's in embedded form. Handlers and the artifact store are registered beside it.</summary>
public static class WorkerHost
{
    /// <param name="rabbitMq">As for orchestration: null for the bus inside the process.</param>
    public static IServiceCollection AddWorker(this IServiceCollection services, WorkerOptions options, string? rabbitMq)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.AddShardBus(rabbitMq);
        services.AddSingleton(options);
        services.AddSingleton(provider => WorkerIdentity.Boot(options.Name, provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton(_ => new DeviceThread(options.Concurrency));
        services.AddSingleton<ShardConsumer>();
        return services.AddHostedService<WorkerService>();
    }
}
