using System.Net;
using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;

namespace PortraitGen.Api.Cli;

/// <summary>One event of a campaign.</summary>
internal sealed record WatchedEvent(string Id, string Kind, JsonNode Data);

/// <summary>Follows a campaign's events over lost connections: it asks for what comes after the last one that it saw.</summary>
internal sealed class EventReader(ApiClient client, Guid campaign)
{
    private static readonly TimeSpan[] Pauses = [.. new[] { 0.5, 1, 2, 4, 8 }.Select(TimeSpan.FromSeconds)];

    public async IAsyncEnumerable<WatchedEvent> ReadAsync([EnumeratorCancellation] CancellationToken cancel)
    {
        string last = "";
        int failures = 0;
        while (true)
        {
            await using var events = StreamAsync(last, cancel).GetAsyncEnumerator(cancel);
            while (true)
            {
                try
                {
                    if (!await events.MoveNextAsync()) break;
                }
                catch (Exception e) when (failures < Pauses.Length && e is IOException or HttpRequestException or CommandException { ExitCode: ExitCodes.Unreachable } && last.Length > 0)
                {
                    break; // it was there a moment ago
                }

                failures = 0;
                var current = events.Current;
                if (current.Id.Length > 0) last = current.Id;
                yield return current;
                if (current.Kind == "end") yield break;
            }

            await Task.Delay(Pauses[Math.Min(failures++, Pauses.Length - 1)], cancel);
        }
    }

    private async IAsyncEnumerable<WatchedEvent> StreamAsync(string last, [EnumeratorCancellation] CancellationToken cancel)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"api/campaigns/{campaign}/events");
        if (last.Length > 0) request.Headers.Add("Last-Event-ID", last);
        using var response = await client.RawAsync(request, cancel);
        await ApiClient.CheckAsync(response, cancel);
        if (response.StatusCode is HttpStatusCode.NoContent)
        {
            yield return new("", "end", new JsonObject());
            yield break;
        }

        await using var stream = await response.Content.ReadAsStreamAsync(cancel);
        await foreach (var item in SseParser.Create(stream).EnumerateAsync(cancel))
            yield return new(item.EventId ?? "", item.EventType, JsonNode.Parse(item.Data)!);
    }
}
