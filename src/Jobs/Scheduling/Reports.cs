using Microsoft.Extensions.DependencyInjection;
using PortraitGen.Jobs.Messaging;

namespace PortraitGen.Jobs.Scheduling;

/// <summary>What comes once for each shard, taken in batches: one transaction for all that came while the last one was written.</summary>
/// <remarks>Each call returns after its batch is committed, so that its message is acknowledged only then.</remarks>
public sealed class Reports(IServiceScopeFactory scopes)
{
    /// <summary>A batch stays far below what a database, or the locks of its shards, would feel.</summary>
    public const int Most = 128;

    private readonly Gatherer<ShardCompleted, bool> _completed = new(Most, reports =>
        InScopeAsync(scopes, services => services.GetRequiredService<CompleteShard>().RunAsync(reports, CancellationToken.None)));

    private readonly Gatherer<AskShard, ShardVerdict> _asked = new(Most, asks =>
        InScopeAsync(scopes, services => services.GetRequiredService<HearWorkers>().AnswerAllAsync(asks, CancellationToken.None)));

    public Task<bool> CompletedAsync(ShardCompleted report) => _completed.AddAsync(report);

    public Task<ShardVerdict> AskedAsync(AskShard ask) => _asked.AddAsync(ask);

    private static async Task<T> InScopeAsync<T>(IServiceScopeFactory scopes, Func<IServiceProvider, Task<T>> use)
    {
        await using var scope = scopes.CreateAsyncScope();
        return await use(scope.ServiceProvider);
    }
}
