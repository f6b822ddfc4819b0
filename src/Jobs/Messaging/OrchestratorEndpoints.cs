using MassTransit;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using PortraitGen.Jobs.Hosting;
using PortraitGen.Jobs.Scheduling;

namespace PortraitGen.Jobs.Messaging;

/// <summary>Receives what workers ask and report, and hands it to orchestration.</summary>
public sealed class OrchestratorEndpoints(IBus bus, IServiceScopeFactory scopes, JobsOptions options)
{
    // Long enough for a database to come back. What fails even then is made up for by the sweep.
    private static readonly TimeSpan[] Pauses = [.. new[] { 0.05, 0.2, 1, 3, 10, 30 }.Select(TimeSpan.FromSeconds)];
    private HostReceiveEndpointHandle[] _handles = [];

    public async Task StartAsync(CancellationToken cancel)
    {
        _handles =
        [
            bus.ConnectReceiveEndpoint(ShardQueues.Results, endpoint =>
            {
                Settings(endpoint);
                Handle<ShardCompleted>(endpoint, (services, message, token) => services.GetRequiredService<CompleteShard>().RunAsync(message, token));
                Handle<ShardFailed>(endpoint, (services, message, token) => services.GetRequiredService<FailShard>().RunAsync(message, token));
                Handle<ShardProgress>(endpoint, (services, message, token) => services.GetRequiredService<HearWorkers>().BeatAsync(message, token));
                Handle<WorkerAlive>(endpoint, (services, message, token) =>
                    services.GetRequiredService<HearWorkers>().AliveAsync(message.Worker, message.BootId, message.Slots, token));
                Handle<WorkerLeaving>(endpoint, (services, message, token) => services.GetRequiredService<HearWorkers>().LeavingAsync(message, token));
            }),
            bus.ConnectReceiveEndpoint(ShardQueues.Questions, endpoint =>
            {
                Settings(endpoint);
                endpoint.Handler<AskShard>(async context =>
                {
                    await using var scope = scopes.CreateAsyncScope();
                    await context.RespondAsync(await scope.ServiceProvider.GetRequiredService<HearWorkers>().AnswerAsync(context.Message, context.CancellationToken));
                });
            }),
        ];
        foreach (var handle in _handles) await handle.Ready.WaitAsync(cancel);
    }

    public async Task StopAsync(CancellationToken cancel)
    {
        foreach (var handle in _handles) await handle.StopAsync(cancel);
        _handles = [];
    }

    private void Settings(IReceiveEndpointConfigurator endpoint)
    {
        ShardQueues.Durable(endpoint);
        endpoint.PrefetchCount = 4 * options.Concurrency;
        endpoint.ConcurrentMessageLimit = options.Concurrency;
        endpoint.UseMessageRetry(retry => retry.Intervals(Pauses));
    }

    private void Handle<T>(IReceiveEndpointConfigurator endpoint, Func<IServiceProvider, T, CancellationToken, Task> handle) where T : class =>
        endpoint.Handler<T>(async context =>
        {
            await using var scope = scopes.CreateAsyncScope();
            await handle(scope.ServiceProvider, context.Message, context.CancellationToken);
        });
}
