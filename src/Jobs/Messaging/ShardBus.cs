using MassTransit;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace PortraitGen.Jobs.Messaging;

/// <summary>Which bus there is: inside the process, or RabbitMQ. The only place that knows which.</summary>
public static class ShardBus
{
    /// <summary>Adds the bus once, for orchestration, for a worker, or for both in one process.</summary>
    /// <param name="rabbitMq">amqp://user:password@host:port/vhost, or null for a bus inside the process.</param>
    public static IServiceCollection AddShardBus(this IServiceCollection services, string? rabbitMq)
    {
        if (services.Any(s => s.ServiceType == typeof(IShardBus))) return services;
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton<IShardBus>(provider => new Publisher(provider.GetRequiredService<IBus>(), rabbitMq is not null));
        if (rabbitMq is not null) services.AddHostedService(provider => new BusCheck(rabbitMq, provider.GetRequiredService<TimeProvider>()));
        services.AddOptions<MassTransitHostOptions>().Configure(host =>
        {
            host.WaitUntilStarted = true;
            host.StartTimeout = TimeSpan.FromSeconds(30);
            host.StopTimeout = TimeSpan.FromSeconds(30);
        });
        return services.AddMassTransit(bus =>
        {
            bus.DisableUsageTelemetry();
            if (rabbitMq is { } url) bus.UsingRabbitMq((_, rabbit) => Configure(rabbit, new Uri(url)));
            else bus.UsingInMemory((_, memory) => Name(memory));
        });
    }

    private static void Configure(IRabbitMqBusFactoryConfigurator rabbit, Uri url)
    {
        rabbit.Host(url);
        Name(rabbit);
        // Declared at every start by whoever starts first, so that nothing published is ever without a queue.
        rabbit.DeployPublishTopology = true;
        Bind<RunShard>(rabbit, ShardQueues.Shards);
        Bind<AskShard>(rabbit, ShardQueues.Questions);
        Bind<ShardProgress>(rabbit, ShardQueues.Results);
        Bind<ShardCompleted>(rabbit, ShardQueues.Results);
        Bind<ShardFailed>(rabbit, ShardQueues.Results);
        Bind<WorkerAlive>(rabbit, ShardQueues.Results);
        Bind<WorkerLeaving>(rabbit, ShardQueues.Results);
        rabbit.Publish<StopShards>();
    }

    private static void Bind<T>(IRabbitMqBusFactoryConfigurator rabbit, string queue) where T : class =>
        rabbit.Publish<T>(topology => topology.BindQueue(queue, queue, ShardQueues.Durable));

    // The broker's names, like the wire's, do not follow the names of types.
    private static void Name(IBusFactoryConfigurator bus)
    {
        bus.Message<RunShard>(m => m.SetEntityName("portraitgen.run-shard.v1"));
        bus.Message<AskShard>(m => m.SetEntityName("portraitgen.ask-shard.v1"));
        bus.Message<ShardVerdict>(m => m.SetEntityName("portraitgen.shard-verdict.v1"));
        bus.Message<ShardProgress>(m => m.SetEntityName("portraitgen.shard-progress.v1"));
        bus.Message<ShardCompleted>(m => m.SetEntityName("portraitgen.shard-completed.v1"));
        bus.Message<ShardFailed>(m => m.SetEntityName("portraitgen.shard-failed.v1"));
        bus.Message<StopShards>(m => m.SetEntityName("portraitgen.stop-shards.v1"));
        bus.Message<WorkerAlive>(m => m.SetEntityName("portraitgen.worker-alive.v1"));
        bus.Message<WorkerLeaving>(m => m.SetEntityName("portraitgen.worker-leaving.v1"));
    }

    private sealed class Publisher(IBus bus, bool queuesOutliveProcess) : IShardBus
    {
        public bool QueuesOutliveProcess { get; } = queuesOutliveProcess;

        // To the exchange and not to the queue: who consumes declares the queue, with its own settings, before it announces it.
        public async Task RunAsync(RunShard shard, string queue, CancellationToken cancel) =>
            await (await bus.GetSendEndpoint(new Uri($"exchange:{queue}"))).Send(shard, cancel);

        public Task StopAsync(StopShards stop, CancellationToken cancel) => bus.Publish(stop, cancel);
    }
}
