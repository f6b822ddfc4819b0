using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using PortraitGen.Jobs.Hosting;
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

    /// <summary>The worker's own process, until SIGTERM or Ctrl-C. Its exit code: 0 after leaving in good order, 1 when a server cannot be used, 2 for settings.</summary>
    /// <param name="add">Registers the artifact store (from the settings) and the shard handlers.</param>
    public static async Task<int> RunAsync(string[] args, Action<IServiceCollection, WorkerSettings> add)
    {
        if (WorkerSettings.TryRead(args, Environment.GetEnvironmentVariable, out var error) is not { } settings)
        {
            await Console.Error.WriteLineAsync(error);
            return 2;
        }

        var builder = Host.CreateApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Services.AddLogging(logging => logging.AddSimpleConsole(console => console.SingleLine = true));
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = settings.Worker.Grace + TimeSpan.FromSeconds(30));
        add(builder.Services, settings);
        builder.Services.AddWorker(settings.Worker, settings.RabbitMq);
        try
        {
            using var host = builder.Build();
            await host.RunAsync();
            return 0;
        }
        catch (ServerUnreachableException e)
        {
            await Console.Error.WriteLineAsync(e.Message);
            return 1;
        }
    }
}
