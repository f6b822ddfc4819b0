using MassTransit;
using PortraitGen.Domain.Artifacts;
using PortraitGen.Jobs.Messaging;
using PortraitGen.Jobs.Scheduling;

namespace PortraitGen.Benchmarks.Throughput;

/// <summary>MassTransit alone: the messages that a shard takes (sent, asked, answered, completed), of the same size, over queues of the same kind; no row is read or written.</summary>
internal sealed class BareBus : IThroughputContender
{
    private const string Prefix = "bench.bare.", Shards = Prefix + "shards";
    private const int Sent = 256; // at once, as the dispatcher does
    private static readonly string Key = ContentHash.Of([]).Hex, Input = """{"epoch":0,"index":1000,"seed":1,"stage":0,"sum":1}""";
    private static readonly Guid Boot = Guid.CreateVersion7(), Job = Guid.CreateVersion7();
    private readonly IBusControl _bus;
    private TaskCompletionSource _all = new();
    private int _left;

    private BareBus(string rabbitMq, int slots) => _bus = Bus.Factory.CreateUsingRabbitMq(rabbit =>
    {
        rabbit.Host(new Uri(rabbitMq));
        rabbit.ReceiveEndpoint(Prefix + "results", endpoint =>
        {
            Orchestrator(endpoint);
            endpoint.Handler<ShardCompleted>(_ =>
            {
                if (Interlocked.Decrement(ref _left) == 0) _all.SetResult();
                return Task.CompletedTask;
            });
        });
        rabbit.ReceiveEndpoint(Prefix + "questions", endpoint =>
        {
            Orchestrator(endpoint);
            endpoint.Handler<AskShard>(context => context.RespondAsync(new ShardVerdict(true, "")));
        });
        rabbit.ReceiveEndpoint(Shards, endpoint =>
        {
            ShardQueues.Durable(endpoint);
            (endpoint.PrefetchCount, endpoint.ConcurrentMessageLimit, endpoint.ConfigureConsumeTopology) = (slots, slots, false);
            endpoint.Handler<RunShard>(WorkAsync);
        });
    });

    public static async Task<IThroughputContender> StartAsync(string rabbitMq, int slots, CancellationToken cancel)
    {
        var bare = new BareBus(rabbitMq, slots);
        await bare._bus.StartAsync(cancel);
        return bare;
    }

    public async Task RunAsync(int pieces, CancellationToken cancel)
    {
        (_left, _all) = (pieces, new(TaskCreationOptions.RunContinuationsAsynchronously));
        var queue = await _bus.GetSendEndpoint(new Uri($"exchange:{Shards}"));
        for (int sent = 0; sent < pieces; sent += Sent)
        {
            await Task.WhenAll(Enumerable.Range(sent, Math.Min(Sent, pieces - sent))
                .Select(_ => queue.Send(new RunShard(Guid.CreateVersion7(), Job, Job, 1, "toy", Key, Input), cancel)));
        }

        await _all.Task.WaitAsync(cancel);
    }

    public async ValueTask DisposeAsync() => await _bus.StopAsync();

    private async Task WorkAsync(ConsumeContext<RunShard> context)
    {
        var shard = context.Message;
        await _bus.CreateRequestClient<AskShard>().GetResponse<ShardVerdict>(new AskShard(shard.ShardId, shard.JobId, shard.Attempt, "bench", Boot, false));
        await _bus.Publish(new ShardCompleted(shard.ShardId, shard.JobId, shard.Attempt, "bench", Boot, shard.InputKey, Key, null, false, 0));
    }

    private static void Orchestrator(IReceiveEndpointConfigurator endpoint)
    {
        ShardQueues.Durable(endpoint);
        (endpoint.PrefetchCount, endpoint.ConcurrentMessageLimit) = (2 * Reports.Most, 2 * Reports.Most);
    }
}
