using System.Text;
using System.Text.Json.Nodes;
using PortraitGen.EndToEnd.Tests.Faults;
using RabbitMQ.Client;

namespace PortraitGen.EndToEnd.Tests;

/// <summary>What a broker may do to messages, and what other releases say.</summary>
public sealed class DeliveryTests(MicroFixture fixture)
{
    private const ulong Seed = 7;
    private const string Envelope = "application/vnd.masstransit+json";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_message_three_times_and_out_of_order_changes_nothing()
    {
        await using var run = await DistributedRun.StartAsync(fixture, "one", "two");
        await run.ObservedAsync(async () =>
        {
            await using var echo = await Echo.StartAsync(run.Place.Environment["PORTRAITGEN_RABBITMQ"]!, Seed);
            var campaign = await run.Campaign.SubmitAsync(Cancel);
            await run.SameHashAsync("every message three times", campaign);
            Assert.True(echo.Said > 200, $"Only {echo.Said} copies were said.");
            Assert.Equal(0, await run.Place.CountAsync("SELECT sum(deaths) + sum(retries) FROM shards"));
        });
    }

    [Fact]
    public async Task Messages_that_nobody_understands_stand_in_nobodys_way()
    {
        await using var run = await DistributedRun.StartAsync(fixture, "one");
        await run.ObservedAsync(async () =>
        {
            await using var echo = await Echo.StartAsync(run.Place.Environment["PORTRAITGEN_RABBITMQ"]!, Seed);
            foreach (string queue in new[] { "portraitgen.shards", "portraitgen.results", "portraitgen.questions" })
                foreach (string body in new[] { "no json at all", """{"messageType":["urn:message:portraitgen:run-shard:v9"],"message":{}}""", """{"messageType":["urn:message:portraitgen:run-shard:v1","urn:message:portraitgen:shard-completed:v1"],"message":{"shardId":"x"}}""" })
                    await echo.SayAsync(queue, new BasicProperties { ContentType = Envelope }, Encoding.UTF8.GetBytes(body));
            var campaign = await run.Campaign.SubmitAsync(Cancel);
            await run.SameHashAsync("unreadable messages", campaign);
            Assert.False(run.Workers[0].HasExited);
        });
    }

    /// <summary>A worker of the first release, word for word: what it reads is still there, and what it says is still understood.</summary>
    [Fact]
    public async Task A_worker_of_an_older_release_is_understood()
    {
        await using var run = await DistributedRun.StartAsync(fixture);
        await run.ObservedAsync(async () =>
        {
            await using var connection = await new ConnectionFactory { Uri = new(run.Place.Environment["PORTRAITGEN_RABBITMQ"]!) }.CreateConnectionAsync("old", Cancel);
            await using var channel = await connection.CreateChannelAsync(cancellationToken: Cancel);
            string boot = Guid.CreateVersion7(TimeProvider.System.GetUtcNow()).ToString();
            await SayAsync(channel, "worker-alive", $$"""{"worker":"old","bootId":"{{boot}}","slots":1}""");
            var submitting = run.Campaign.SubmitAsync(Cancel);

            for (int taken = 0; taken < 2; taken++)
            {
                BasicGetResult? delivery;
                while ((delivery = await channel.BasicGetAsync("portraitgen.shards", autoAck: false, Cancel)) is null) await Task.Delay(50, Cancel);
                var shard = JsonNode.Parse(delivery.Body.Span)!["message"]!.AsObject();
                foreach (string field in new[] { "shardId", "jobId", "campaignId", "attempt", "kind", "inputKey", "input" }) Assert.True(shard.ContainsKey(field), $"A v1 worker reads '{field}'.");
                string run1 = $"\"shardId\":\"{shard["shardId"]}\",\"jobId\":\"{shard["jobId"]}\",\"attempt\":{shard["attempt"]},\"worker\":\"old\",\"bootId\":\"{boot}\"";
                await SayAsync(channel, "shard-progress", $$"""{{{run1}},"fraction":0.5,"text":"half"}""");
                await run.Place.UntilAsync("SELECT count(*) FROM shards WHERE worker = 'old' AND state = 'Running' AND fraction = 0.5");
                await SayAsync(channel, "shard-failed", $$"""{{{run1}},"failureClass":"preempted","reason":"SIGTERM","stack":null,"deviceSeconds":0.25}""");
                await channel.BasicAckAsync(delivery.DeliveryTag, multiple: false, Cancel);
            }

            await SayAsync(channel, "worker-leaving", $$"""{"worker":"old","bootId":"{{boot}}"}""");
            await run.Place.UntilAsync("SELECT count(*) FROM workers WHERE name = 'old' AND left_at IS NOT NULL");
            await run.StartWorkerAsync("new");
            await run.SameHashAsync("an old worker among them", await submitting);
            Assert.Equal(2, await run.Place.CountAsync("SELECT count(*) FROM shard_attempts WHERE worker = 'old' AND outcome = 'preempted'"));
            Assert.Equal(0, await run.Place.CountAsync("SELECT sum(deaths) + sum(retries) FROM shards"));
        });
    }

    private static async Task SayAsync(IChannel channel, string message, string json)
    {
        string envelope = $$"""{"messageId":"{{Guid.CreateVersion7()}}","messageType":["urn:message:portraitgen:{{message}}:v1"],"message":{{json}}}""";
        await channel.BasicPublishAsync($"portraitgen.{message}.v1", "", mandatory: false, new BasicProperties { ContentType = Envelope, Persistent = true }, Encoding.UTF8.GetBytes(envelope), Cancel);
    }
}
