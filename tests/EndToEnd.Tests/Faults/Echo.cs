using PortraitGen.Domain.Maths;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;

namespace PortraitGen.EndToEnd.Tests.Faults;

/// <summary>Says every message of a run twice more, each a little later, so that all come three times and none in order.</summary>
internal sealed class Echo : IAsyncDisposable
{
    private const int Copies = 2, LatestMilliseconds = 400;
    private static readonly (string Exchange, string Queue)[] Routes =
    [
        ("portraitgen.run-shard.v1", "portraitgen.shards"), ("portraitgen.ask-shard.v1", "portraitgen.questions"), ("portraitgen.shard-progress.v1", "portraitgen.results"),
        ("portraitgen.shard-completed.v1", "portraitgen.results"), ("portraitgen.shard-failed.v1", "portraitgen.results"), ("portraitgen.worker-alive.v1", "portraitgen.results"),
    ];

    private readonly IConnection _connection;
    private readonly IChannel _channel;
    private readonly SemaphoreSlim _turn = new(1, 1);
    private readonly CancellationTokenSource _end = new();
    private readonly CounterRng _rng;
    private int _said, _drawn;

    private Echo(IConnection connection, IChannel channel, ulong seed) => (_connection, _channel, _rng) = (connection, channel, CounterRng.For(seed, "echo"));

    /// <summary>How many copies were published.</summary>
    public int Said => Volatile.Read(ref _said);

    public static async Task<Echo> StartAsync(string rabbitMq, ulong seed)
    {
        var connection = await new ConnectionFactory { Uri = new(rabbitMq) }.CreateConnectionAsync("echo");
        var channel = await connection.CreateChannelAsync();
        var echo = new Echo(connection, channel, seed);
        foreach (var (exchange, queue) in Routes)
        {
            string own = (await channel.QueueDeclareAsync()).QueueName;
            await channel.QueueBindAsync(own, exchange, "");
            var consumer = new AsyncEventingBasicConsumer(channel);
            consumer.ReceivedAsync += (_, delivery) => echo.HearAsync(queue, new BasicProperties(delivery.BasicProperties), delivery.Body.ToArray());
            await channel.BasicConsumeAsync(own, autoAck: true, consumer);
        }

        return echo;
    }

    /// <summary>Puts bytes into a queue as they are.</summary>
    public async Task SayAsync(string queue, BasicProperties properties, byte[] body)
    {
        await _turn.WaitAsync(); // a channel is for one at a time
        try
        {
            await _channel.BasicPublishAsync("", queue, mandatory: false, properties, body, _end.Token);
            Interlocked.Increment(ref _said);
        }
        finally
        {
            _turn.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        await _connection.DisposeAsync();
        _turn.Dispose();
        _end.Dispose();
    }

    private Task HearAsync(string queue, BasicProperties properties, byte[] body)
    {
        for (int i = 0; i < Copies; i++)
        {
            int wait = _rng.Below(Interlocked.Increment(ref _drawn), LatestMilliseconds);
            _ = Task.Delay(wait, _end.Token).ContinueWith(_ => SayAsync(queue, properties, body), _end.Token, TaskContinuationOptions.OnlyOnRanToCompletion, TaskScheduler.Default);
        }

        return Task.CompletedTask;
    }
}
