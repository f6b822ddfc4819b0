using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace PortraitGen.Jobs.Scheduling;

/// <summary>Dispatches whenever it is woken, and every two seconds for shards whose pause has passed or whose waker was lost.</summary>
public sealed partial class DispatchLoop(IServiceScopeFactory scopes, DispatchSignal signal, ILogger<DispatchLoop> logger) : BackgroundService
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                bool woken = await signal.WaitAsync(Patience, stoppingToken);
                await using var scope = scopes.CreateAsyncScope();
                int published = await scope.ServiceProvider.GetRequiredService<DispatchShards>().RunAsync(stoppingToken);
                if (!woken && published > 0) LogUncalled(published);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                LogFailed(e); // the rows still say what waits
                await Task.Delay(Patience, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    [LoggerMessage(1071, LogLevel.Error, "Dispatching failed; it is tried again")]
    private partial void LogFailed(Exception e);

    [LoggerMessage(1072, LogLevel.Information, "{Count} shards were dispatched at a look that nobody asked for: their pause had passed, or the call for them was lost")]
    private partial void LogUncalled(int count);
}
