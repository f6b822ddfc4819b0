using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using PortraitGen.Domain.Artifacts;
using PortraitGen.Jobs.Artifacts;
using PortraitGen.Jobs.Hosting;
using PortraitGen.Jobs.Messaging;

namespace PortraitGen.Gpu.Runtime;

/// <summary>Adds a worker to a host: the worker's own process, or the server's in embedded form. Handlers and the artifact store are registered beside it.</summary>
public static class WorkerHost
{
    private const int Left = 0, Unusable = 1, WrongSetting = 2;

    /// <param name="rabbitMq">As for orchestration: null for the bus inside the process.</param>
    public static IServiceCollection AddWorker(this IServiceCollection services, WorkerOptions options, string? rabbitMq)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.AddShardBus(rabbitMq);
        services.AddSingleton(options.Prepare is null ? options with { Prepare = ProfileGuard.Apply } : options);
        services.AddSingleton(provider => WorkerIdentity.Boot(options.Name, provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton(_ => new DeviceThread(options.Concurrency));
        services.AddSingleton<ShardConsumer>();
        return services.AddHostedService<WorkerService>();
    }

    /// <summary>The worker's own process, until SIGTERM or Ctrl-C. Its exit code: 0 after leaving in good order, 1 when a server cannot be used, 2 for settings.</summary>
    /// <param name="args">Settings; see <see cref="WorkerSettings.Help"/>.</param>
    /// <param name="add">Registers the artifact store (from the settings) and the shard handlers.</param>
    public static async Task<int> RunAsync(string[] args, Action<IServiceCollection, WorkerSettings> add)
    {
        if (args is ["--help" or "-h" or "help"])
        {
            Console.Out.WriteLine(WorkerSettings.Help);
            return Left;
        }

        if (WorkerSettings.TryRead(args, Environment.GetEnvironmentVariable, out var error) is not { } settings) return Say(WrongSetting, error);
        using var name = WorkerName.Take(Path.Combine(Path.GetTempPath(), $"portraitgen-workers-{Environment.UserName}"), settings.Name);
        if (name is null) return Say(WrongSetting, $"Another worker of this machine runs as '{settings.Name ?? Environment.MachineName}'. Give each its own --name.");

        settings = settings with { Worker = settings.Worker with { Name = name.Name } };
        var builder = Host.CreateApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Services.AddLogging(logging => logging.AddSimpleConsole(console => (console.SingleLine, console.TimestampFormat) = (true, "HH:mm:ss.fff "))
            .AddFilter("Microsoft", LogLevel.Warning).AddFilter("MassTransit", LogLevel.Error)
            .AddFilter("Microsoft.Extensions.Hosting", LogLevel.None)); // a failed start is told below, in one line
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = settings.Worker.Grace + TimeSpan.FromSeconds(30));
        try
        {
            add(builder.Services, settings);
            builder.Services.AddWorker(settings.Worker, settings.RabbitMq);
            using var host = builder.Build();
            // The store is asked before any shard is taken: each one would only fail on it.
            await host.Services.GetRequiredService<IArtifactStore>().ExistsAsync(ContentHash.Of([]), CancellationToken.None);
            await host.RunAsync();
            return Left;
        }
        catch (FormatException e)
        {
            return Say(WrongSetting, e.Message);
        }
        catch (Exception e) when (e is ServerUnreachableException or ArtifactStoreException)
        {
            return Say(Unusable, e.Message);
        }
    }

    private static int Say(int code, string line)
    {
        Console.Error.WriteLine($"portraitgen-worker: {line.ReplaceLineEndings(" ")}");
        return code;
    }
}
