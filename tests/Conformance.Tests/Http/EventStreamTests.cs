using System.Net;
using System.Net.ServerSentEvents;

namespace PortraitGen.Conformance.Tests.Http;

public sealed class EventStreamTests(ApiServer server)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private async Task<HttpResponseMessage> OpenAsync(string id, string? last = null)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, $"api/campaigns/{id}/events");
        if (last is not null) request.Headers.Add("Last-Event-ID", last);
        return await server.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Cancel);
    }

    private static async Task<List<SseItem<string>>> ReadAsync(HttpResponseMessage response)
    {
        Assert.Equal("text/event-stream", response.Content.Headers.ContentType?.MediaType);
        var events = new List<SseItem<string>>();
        await foreach (var item in SseParser.Create(await response.Content.ReadAsStreamAsync(Cancel)).EnumerateAsync(Cancel)) events.Add(item);
        return events;
    }

    [Fact]
    public async Task A_stream_follows_a_campaign_from_its_first_event_to_its_end()
    {
        string id = await server.StartAsync("followed", 2);
        var events = await ReadAsync(await OpenAsync(id));
        Assert.Equal(("campaign-submitted", "end"), (events[0].EventType, events[^1].EventType));
        Assert.Equal(2, events.Count(e => e.EventType == "job-succeeded"));
        Assert.Contains("succeeded", events[^1].Data);
        var numbers = events.SkipLast(1).Select(e => long.Parse(e.EventId!)).ToList();
        Assert.Equal(numbers.Order(), numbers);
    }

    [Fact]
    public async Task A_client_that_comes_back_gets_exactly_what_it_missed()
    {
        string id = await server.StartAsync("resumed", 2);
        await server.UntilAsync(id, "succeeded");
        var all = await ReadAsync(await OpenAsync(id));
        var rest = await ReadAsync(await OpenAsync(id, all[3].EventId));
        Assert.Equal(all.Skip(4).Select(e => (e.EventType, e.Data)), rest.Select(e => (e.EventType, e.Data)));
        Assert.Equal(HttpStatusCode.NoContent, (await OpenAsync(id, all[^2].EventId)).StatusCode);
    }

    [Fact]
    public async Task A_silent_stream_shows_that_it_lives()
    {
        string id = await server.StartAsync("slow and silent");
        using var response = await OpenAsync(id);
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(Cancel));
        int beats = 0;
        while (beats < 2) if (await reader.ReadLineAsync(Cancel).AsTask().WaitAsync(TimeSpan.FromSeconds(20), Cancel) == ": still here") beats++;
        await server.Http.PostAsync($"api/campaigns/{id}/cancel", null, Cancel);
        string rest = await reader.ReadToEndAsync(Cancel).WaitAsync(TimeSpan.FromSeconds(30), Cancel);
        Assert.Contains("event: campaign-cancelled", rest);
        Assert.Contains("event: end", rest);
    }

    [Theory]
    [InlineData("x")]
    [InlineData("-1")]
    public async Task A_wrong_place_to_resume_from_is_refused(string last)
    {
        string id = await server.StartAsync("wrong place");
        Assert.Equal(["Last-Event-ID"], await ApiServer.ProblemAsync(await OpenAsync(id, last), 422, "invalid-input"));
    }
}
