using MassTransit;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using PortraitGen.Jobs.Hosting;
using PortraitGen.Jobs.Scheduling;

namespace PortraitGen.Jobs.Messaging;

/// <summary>Receives what workers ask and report, and hands it to orchestration.</summary>
public sealed class OrchestratorEndpoints(IBus bus, IServiceScopeFactory scopes, Reports reports, JobsOptions options, ILogger<OrchestratorEndpoints> logger) : IDisposable
{
    // Long enough for a database to come back. What fails even then is made up for by the sweep.
    private static readonly TimeSpan[] Pauses = [.. new[] { 0.05, 0.2, 1, 3, 10, 30 }.Select(TimeSpan.FromSeconds)];
    private readonly SemaphoreSlim _alone = new(options.Concurrency); // for what is taken one by one: each has a database connection of its own
    private HostReceiveEndpointHandle[] _handles = [];

    public async Task StartAsync(CancellationToken cancel)
    {
        _handles =
        [
            bus.ConnectReceiveEndpoint(ShardQueues.Results, endpoint =>
            {
                Settings(endpoint, ShardQueues.Results);
                endpoint.Handler<ShardCompleted>(context => reports.CompletedAsync(context.Message));
                Handle<ShardFailed>(endpoint, (services, message, token) => services.GetRequiredService<FailShard>().RunAsync(message, token));
                Handle<ShardProgress>(endpoint, (services, message, token) => services.GetRequiredService<HearWorkers>().BeatAsync(message, token));
                Handle<WorkerAlive>(endpoint, (services, message, token) =>
                    services.GetRequiredService<HearWorkers>().AliveAsync(message, token));
                Handle<WorkerLeaving>(endpoint, (services, message, token) => services.GetRequiredService<HearWorkers>().LeavingAsync(message, token));
            }),
            bus.ConnectReceiveEndpoint(ShardQueues.Questions, endpoint =>
            {
                Settings(endpoint, ShardQueues.Questions);
                endpoint.Handler<AskShard>(async context => await context.RespondAsync(await reports.AskedAsync(context.Message)));
            }),
        ];
        foreach (var handle in _handles) await handle.Ready.WaitAsync(cancel);
    }

    public async Task StopAsync(CancellationToken cancel)
    {
        foreach (var handle in _handles) await handle.StopAsync(cancel);
        _handles = [];
    }

    private void Settings(IReceiveEndpointConfigurator endpoint, string queue)
    {
        ShardQueues.Durable(endpoint);
        SkippedMessages.Park(endpoint, queue, logger);
        endpoint.PrefetchCount = 2 * Reports.Most; // one batch in hand, the next gathering
        endpoint.ConcurrentMessageLimit = 2 * Reports.Most;
        endpoint.UseMessageRetry(retry => retry.Intervals(Pauses));
    }

    private void Handle<T>(IReceiveEndpointConfigurator endpoint, Func<IServiceProvider, T, CancellationToken, Task> handle) where T : class =>
        endpoint.Handler<T>(async context =>
        {
            await _alone.WaitAsync(context.CancellationToken);
            try
            {
                await using var scope = scopes.CreateAsyncScope();
                await handle(scope.ServiceProvider, context.Message, context.CancellationToken);
            }
            finally
            {
                _alone.Release();
            }
        });

    public void Dispose() => _alone.Dispose();
}
