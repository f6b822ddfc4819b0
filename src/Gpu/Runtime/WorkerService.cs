using MassTransit;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using PortraitGen.Domain.Scheduling;
using PortraitGen.Jobs.Messaging;

namespace PortraitGen.Gpu.Runtime;

/// <summary>Takes shards from the bus while the host runs, and leaves in good order.</summary>
public sealed partial class WorkerService(
    IBus bus, ShardConsumer consumer, IEnumerable<IShardHandler> handlers, WorkerIdentity self, WorkerOptions options, TimeProvider clock,
    ILogger<WorkerService> logger) : BackgroundService
{
    private readonly Capability _capability = HostProfile.Capability(options.MemoryGiB, handlers.Select(h => h.Kind));
    private HostReceiveEndpointHandle? _shards, _stops;

    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        // Heard of before it takes anything: what an earlier start of it left behind is counted first.
        await bus.Publish(new WorkerAlive(self.Name, self.BootId, 0), cancellationToken);
        string queue = ShardQueues.For(_capability);
        _stops = bus.ConnectReceiveEndpoint($"{ShardQueues.Stops}.{self.BootId:N}", endpoint =>
        {
            if (endpoint is IRabbitMqReceiveEndpointConfigurator rabbit) (rabbit.Durable, rabbit.AutoDelete) = (false, true);
            endpoint.Handler<StopShards>(context =>
            {
                consumer.Stop(context.Message);
                return Task.CompletedTask;
            });
        });
        _shards = bus.ConnectReceiveEndpoint(queue, endpoint =>
        {
            ShardQueues.Durable(endpoint);
            endpoint.ConfigureConsumeTopology = false; // shards are sent to this queue alone, not to every queue there is
            SkippedMessages.Park(endpoint, queue, logger);
            endpoint.PrefetchCount = options.Concurrency;
            endpoint.ConcurrentMessageLimit = options.Concurrency;
            endpoint.Handler<RunShard>(consumer.ConsumeAsync);
        });
        await _stops.Ready.WaitAsync(cancellationToken);
        await _shards.Ready.WaitAsync(cancellationToken);
        await bus.Publish(Alive(queue), cancellationToken); // only now: what is sent to a queue that nobody declared yet is lost
        LogStarted(self.Name, self.BootId, options.Concurrency, queue);
        await base.StartAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            await Task.Delay(options.Heartbeat, clock, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (stoppingToken.IsCancellationRequested) return;
            try
            {
                await bus.Publish(Alive(ShardQueues.For(_capability)), stoppingToken);
            }
            catch (Exception e)
            {
                LogUnheard(e.Message); // the bus reconnects by itself
            }
        }
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await bus.Publish(new WorkerLeaving(self.Name, self.BootId), cancellationToken).ContinueWith(_ => { }, TaskScheduler.Default);
        var closed = _shards?.StopAsync(cancellationToken) ?? Task.CompletedTask; // takes nothing new, and waits for what runs
        await consumer.LeaveAsync(cancellationToken);
        await closed;
        if (_stops is { } stops) await stops.StopAsync(cancellationToken);
        await base.StopAsync(cancellationToken);
        LogLeft(self.Name);
    }

    private WorkerAlive Alive(string queue) => new(self.Name, self.BootId, options.Concurrency, queue,
        _capability.Device, _capability.InstructionSet, _capability.Libtorch, _capability.MemoryGiB, [.. _capability.Kinds!]);

    [LoggerMessage(2011, LogLevel.Information, "Worker {Name} takes shards of {Queue}, boot {BootId}, {Slots} at once")]
    private partial void LogStarted(string name, Guid bootId, int slots, string queue);

    [LoggerMessage(2012, LogLevel.Information, "Worker {Name} left in good order")]
    private partial void LogLeft(string name);

    [LoggerMessage(2013, LogLevel.Debug, "A sign of life was not heard: {Why}")]
    private partial void LogUnheard(string why);
}
