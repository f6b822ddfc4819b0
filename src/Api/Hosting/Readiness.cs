using MassTransit;
using PortraitGen.Domain.Artifacts;
using PortraitGen.Jobs.Data;

namespace PortraitGen.Api.Hosting;

/// <summary>One thing that must work before requests are sent here.</summary>
public sealed record ReadinessCheck(string Name, bool Ok, string Finding);

/// <param name="Status"><c>ready</c> or <c>not-ready</c>.</param>
public sealed record ReadinessView(string Status, IReadOnlyList<ReadinessCheck> Checks);

/// <summary>Asks rows, bus and blobs for a sign of life, each within five seconds.</summary>
public sealed partial class Readiness(JobsDb db, IBusControl bus, IArtifactStore store, ILogger<Readiness> logger)
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(5);
    private static readonly ContentHash Nothing = ContentHash.Of([]);

    public async Task<ReadinessView> AskAsync(CancellationToken cancel)
    {
        var checks = await Task.WhenAll(
            CheckAsync("rows", async c => await db.Database.CanConnectAsync(c) ? null : "the database does not answer", cancel),
            CheckAsync("bus", _ => Task.FromResult(bus.CheckHealth().Status is BusHealthStatus.Healthy ? null : "the bus is not connected"), cancel),
            CheckAsync("blobs", async c =>
            {
                await store.ExistsAsync(Nothing, c);
                return null;
            }, cancel));
        return new(checks.All(c => c.Ok) ? "ready" : "not-ready", checks);
    }

    private async Task<ReadinessCheck> CheckAsync(string name, Func<CancellationToken, Task<string?>> check, CancellationToken cancel)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        limit.CancelAfter(Limit);
        try
        {
            string? fault = await check(limit.Token).WaitAsync(limit.Token);
            return new(name, fault is null, fault ?? "answers");
        }
        catch (Exception e) when (!cancel.IsCancellationRequested)
        {
            LogNotReady(name, e.Message); // the answer goes to anybody, addresses do not
            return new(name, false, "no answer; the server's log says why");
        }
    }

    [LoggerMessage(3011, LogLevel.Warning, "Not ready, {What}: {Why}")]
    private partial void LogNotReady(string what, string why);
}

public static class HealthEndpoints
{
    public static RouteGroupBuilder MapHealth(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/health").WithTags("Health");
        group.MapGet("/live", () => TypedResults.Ok(new ReadinessView("live", []))).WithName("Live").WithSummary("Whether the process answers");
        group.MapGet("/ready", async (Readiness readiness, CancellationToken cancel) =>
        {
            var view = await readiness.AskAsync(cancel);
            return TypedResults.Json(view, statusCode: view.Status == "ready" ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable);
        }).WithName("Ready").WithSummary("Whether rows, bus and blobs answer").Produces<ReadinessView>(200).Produces<ReadinessView>(503);
        return group;
    }
}
