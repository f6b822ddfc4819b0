using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http.HttpResults;
using PortraitGen.Api.Hosting;
using PortraitGen.Domain.Campaigns;
using PortraitGen.Jobs.Campaigns;

namespace PortraitGen.Api.Campaigns;

/// <summary>How often a stream looks for news, and how long it stays silent at most.</summary>
public sealed record EventStreamOptions
{
    public TimeSpan Poll { get; init; } = TimeSpan.FromMilliseconds(250);

    /// <summary>Below the half minute after which proxies close silent connections.</summary>
    public TimeSpan Heartbeat { get; init; } = TimeSpan.FromSeconds(15);
}

/// <summary>A campaign's events as server-sent events. The event's number is its id, so that a client that comes back misses nothing.</summary>
internal static class EventStream
{
    private const int Batch = 200;

    public static async Task<Results<EmptyHttpResult, NoContent, ProblemHttpResult>> GetAsync(
        Guid id, HttpContext http, IServiceScopeFactory scopes, EventStreamOptions options, IHostApplicationLifetime host, TimeProvider clock, CancellationToken cancel)
    {
        string? last = http.Request.Headers["Last-Event-ID"].FirstOrDefault() ?? http.Request.Query["after"].FirstOrDefault();
        long after = 0;
        if (!string.IsNullOrEmpty(last) && !(long.TryParse(last, out after) && after >= 0))
            return Problems.Invalid([new("Last-Event-ID", $"'{last[..Math.Min(last.Length, 40)]}' is no event's number.", "the id of an event of this stream")]);

        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancel, host.ApplicationStopping);
        var (campaign, events) = await ReadAsync(scopes, new(id), after, stop.Token);
        if (campaign is null) return CampaignEndpoints.Missing(id);
        if (campaign.State.IsTerminal() && events.Count == 0 && after > 0) return TypedResults.NoContent(); // tells an EventSource not to come back

        http.Response.ContentType = "text/event-stream";
        http.Response.Headers.CacheControl = "no-store";
        http.Response.Headers["X-Accel-Buffering"] = "no";
        try
        {
            await WriteAsync(http.Response, campaign, events, after, scopes, options, clock, stop.Token);
        }
        catch (OperationCanceledException) { } // the client left, or the server stops
        return TypedResults.Empty;
    }

    private static async Task WriteAsync(HttpResponse response, Campaign campaign, List<CampaignEvent> events, long after,
        IServiceScopeFactory scopes, EventStreamOptions options, TimeProvider clock, CancellationToken cancel)
    {
        await response.WriteAsync("retry: 1000\n: events of " + campaign.Id + "\n\n", cancel);
        await response.Body.FlushAsync(cancel);
        long spoke = clock.GetTimestamp();
        while (true)
        {
            foreach (var e in events) await response.WriteAsync(Frame(e), cancel);
            if (events.Count > 0) after = events[^1].Number;
            else if (campaign.State.IsTerminal())
            {
                await response.WriteAsync($"event: end\ndata: {{\"state\":\"{Words.Of(campaign.State)}\"}}\n\n", cancel);
                return;
            }
            else if (clock.GetElapsedTime(spoke) >= options.Heartbeat) await response.WriteAsync(": still here\n\n", cancel);
            else
            {
                await Task.Delay(options.Poll, clock, cancel);
                (campaign, events) = await NextAsync(scopes, campaign, after, cancel);
                continue;
            }

            await response.Body.FlushAsync(cancel);
            spoke = clock.GetTimestamp();
            (campaign, events) = await NextAsync(scopes, campaign, after, cancel);
        }
    }

    private static async Task<(Campaign, List<CampaignEvent>)> NextAsync(IServiceScopeFactory scopes, Campaign campaign, long after, CancellationToken cancel)
    {
        var (found, events) = await ReadAsync(scopes, campaign.Id, after, cancel);
        return (found ?? campaign, events);
    }

    /// <summary>The state is read before the events: a state that is an end has all its events in the table.</summary>
    private static async Task<(Campaign?, List<CampaignEvent>)> ReadAsync(IServiceScopeFactory scopes, CampaignId id, long after, CancellationToken cancel)
    {
        await using var scope = scopes.CreateAsyncScope(); // a stream lives for hours; a database connection must not
        var queries = scope.ServiceProvider.GetRequiredService<CampaignQueries>();
        return await queries.FindAsync(id, cancel) is { } campaign ? (campaign, await queries.EventsAsync(id, after, Batch, cancel)) : (null, []);
    }

    private static string Frame(CampaignEvent e)
    {
        var data = new JsonObject { ["at"] = e.At, ["jobId"] = e.JobId?.Value, ["data"] = JsonNode.Parse(e.Data) };
        return new StringBuilder().Append("id: ").Append(e.Number).Append("\nevent: ").Append(e.Kind).Append("\ndata: ").Append(data.ToJsonString()).Append("\n\n").ToString();
    }
}
