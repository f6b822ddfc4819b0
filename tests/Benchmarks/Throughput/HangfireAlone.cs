using Hangfire;
using Hangfire.PostgreSql;
using Hangfire.PostgreSql.Factories;

namespace PortraitGen.Benchmarks.Throughput;

/// <summary>Hangfire.PostgreSql alone, as many queue one job for each piece of work: empty jobs, enqueued by some callers while its server runs them.</summary>
internal sealed class HangfireAlone : IThroughputContender
{
    private const int Callers = 4;
    private static TaskCompletionSource _all = new();
    private static int _left;
    private readonly BackgroundJobServer _server;
    private readonly BackgroundJobClient _client;

    private HangfireAlone(string postgres)
    {
        // As the product sets it: notified of new jobs, and never idle while there are some.
        var options = new PostgreSqlStorageOptions { QueuePollInterval = TimeSpan.FromMilliseconds(500), EnableLongPolling = true, UseSlidingInvisibilityTimeout = true };
        var storage = new PostgreSqlStorage(new NpgsqlConnectionFactory(postgres, options), options);
        _client = new(storage);
        // With as many workers as it takes by itself; the activator named, because the product's host sets one for the whole process.
        _server = new(new BackgroundJobServerOptions { Activator = new JobActivator() }, storage);
    }

    public static Task<IThroughputContender> StartAsync(string postgres) => Task.FromResult<IThroughputContender>(new HangfireAlone(postgres));

    /// <summary>The job.</summary>
    public static void Empty()
    {
        if (Interlocked.Decrement(ref _left) == 0) _all.SetResult();
    }

    public async Task RunAsync(int pieces, CancellationToken cancel)
    {
        (_left, _all) = (pieces, new(TaskCreationOptions.RunContinuationsAsynchronously));
        await Parallel.ForAsync(0, pieces, new ParallelOptions { MaxDegreeOfParallelism = Callers, CancellationToken = cancel }, (_, _) =>
        {
            _client.Enqueue(() => Empty());
            return ValueTask.CompletedTask;
        });
        await _all.Task.WaitAsync(cancel);
    }

    public ValueTask DisposeAsync()
    {
        _server.Dispose();
        return ValueTask.CompletedTask;
    }
}
