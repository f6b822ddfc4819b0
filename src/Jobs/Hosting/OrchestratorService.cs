using Hangfire;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using PortraitGen.Jobs.Data;
using PortraitGen.Jobs.Messaging;
using PortraitGen.Jobs.Scheduling;

namespace PortraitGen.Jobs.Hosting;

/// <summary>Starts orchestration in its order: schema, queues of results and questions, the sweep of what an earlier process left.</summary>
public sealed class OrchestratorService(
    IServiceScopeFactory scopes, OrchestratorEndpoints endpoints, IRecurringJobManager recurring, JobsOptions options) : IHostedService
{
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        await using var scope = scopes.CreateAsyncScope();
        if (options.MigrateAtStart) await scope.ServiceProvider.GetRequiredService<MigrateDatabase>().RunAsync(cancellationToken);
        await endpoints.StartAsync(cancellationToken);
        await scope.ServiceProvider.GetRequiredService<SweepShards>().RunAtStartAsync(cancellationToken);
        Time.ScheduleSweep(recurring, options.SweepEvery);
        Time.ScheduleCollection(recurring);
    }

    public Task StopAsync(CancellationToken cancellationToken) => endpoints.StopAsync(cancellationToken);
}
