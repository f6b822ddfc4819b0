using System.Text;
using System.Text.Json.Nodes;
using Microsoft.EntityFrameworkCore;
using PortraitGen.Conformance.Tests.Data;
using PortraitGen.Domain.Campaigns;
using PortraitGen.Jobs.Hosting;
using PortraitGen.Jobs.Messaging;
using PortraitGen.Jobs.Tests.Toys;
using PortraitGen.Jobs.Tests.Upgrade;
using RabbitMQ.Client;

namespace PortraitGen.Conformance.Tests.Messaging;

/// <summary>Messages of other releases on the real broker, as bytes.</summary>
[Collection(nameof(ServerCollection))]
public sealed class MessageVersionTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private static string Recorded(string name) => File.ReadAllText(Path.Combine(FixtureBook.Of("v1").Messages, name + ".json"));

    private static async Task SendAsync(IChannel channel, string queue, string envelope) => await channel.BasicPublishAsync("", queue, mandatory: true,
        new BasicProperties { ContentType = "application/vnd.masstransit+json", Persistent = true }, Encoding.UTF8.GetBytes(envelope), Cancel);

    /// <summary>A message of a queue, or null; on a channel of its own, which the broker closes where there is no such queue yet.</summary>
    private static async Task<BasicGetResult?> TakeAsync(IConnection connection, string queue)
    {
        await using var channel = await connection.CreateChannelAsync(cancellationToken: Cancel);
        try
        {
            return await channel.BasicGetAsync(queue, autoAck: true, Cancel);
        }
        catch (RabbitMQ.Client.Exceptions.OperationInterruptedException)
        {
            return null;
        }
    }

    [Fact]
    public async Task A_recorded_message_is_handled_fields_of_the_future_included()
    {
        var options = new JobsOptions { Postgres = await PostgresServer.FreshDatabaseAsync(), RabbitMq = await RabbitServer.FreshAsync() };
        await using var host = await ToyHost.StartAsync(options, slots: 0);
        await using var connection = await new ConnectionFactory { Uri = new(options.RabbitMq!) }.CreateConnectionAsync(Cancel);
        await using var channel = await connection.CreateChannelAsync(cancellationToken: Cancel);
        var alive = JsonNode.Parse(Recorded("worker-alive.v1"))!;
        alive["message"]!["memoryBytes"] = 80L << 30;
        await SendAsync(channel, ShardQueues.Results, alive.ToJsonString());
        string name = alive["message"]!["worker"]!.GetValue<string>();
        var worker = await host.UntilAsync("the worker's row", db => db.Workers.AsNoTracking().FirstOrDefaultAsync(w => w.Name == name, Cancel));
        Assert.Equal(alive["message"]!["bootId"]!.GetValue<Guid>(), worker.BootId);
    }

    [Fact]
    public async Task A_message_of_an_unknown_version_is_parked_said_aloud_and_in_nobodys_way()
    {
        var options = new JobsOptions { Postgres = await PostgresServer.FreshDatabaseAsync(), RabbitMq = await RabbitServer.FreshAsync() };
        await using var host = await ToyHost.StartAsync(options, slots: 1);
        await using var connection = await new ConnectionFactory { Uri = new(options.RabbitMq!) }.CreateConnectionAsync(Cancel);
        await using var channel = await connection.CreateChannelAsync(cancellationToken: Cancel);
        string shards = await host.UntilAsync("the worker's queue", db => db.Workers.AsNoTracking().Select(w => w.Queue).FirstOrDefaultAsync(q => q != null, Cancel));
        foreach (var (queue, name) in new[] { (shards, "run-shard"), (ShardQueues.Results, "shard-completed"), (ShardQueues.Questions, "ask-shard") })
        {
            string urn = $"urn:message:portraitgen:{name}:v2";
            var envelope = JsonNode.Parse(Recorded(name + ".v1"))!;
            envelope["messageType"]![0] = urn;
            await SendAsync(channel, queue, envelope.ToJsonString());
            await host.UntilAsync($"a word about {urn}", _ => Task.FromResult(host.Log.Lines.Any(l => l.Id == 1111 && l.Text.Contains(urn, StringComparison.Ordinal)) ? host.Log : null));
            BasicGetResult? parked = null;
            for (int tries = 0; parked is null && tries < 100; tries++)
            {
                await Task.Delay(50, Cancel);
                parked = await TakeAsync(connection, queue + "_skipped");
            }

            Assert.Equal(envelope.ToJsonString(), Encoding.UTF8.GetString(parked!.Body.Span));
            Assert.Equal("dead-letter", Encoding.UTF8.GetString((byte[])parked.BasicProperties.Headers!["MT-Reason"]!));
            Assert.Null(await TakeAsync(connection, queue + "_skipped"));
        }

        Assert.Equal(CampaignState.Succeeded, (await host.EndAsync(await host.StartCampaignAsync(ToyPlan.Spec(jobs: 1, stages: 2, shards: 2, seed: 51)))).State);
    }
}
