using System.Text.Json.Nodes;
using PortraitGen.Jobs.Messaging;

namespace PortraitGen.Jobs.Tests.Upgrade;

/// <summary>Messages that earlier versions put on the wire: this one reads each, field by field, and its own have the same form.</summary>
public sealed class MessageFixtureTests
{
    private static readonly Dictionary<string, Func<string, object?>> Readers = new()
    {
        ["run-shard.v1"] = WireMessages.Parse<RunShard>,
        ["ask-shard.v1"] = WireMessages.Parse<AskShard>,
        ["shard-verdict.v1"] = WireMessages.Parse<ShardVerdict>,
        ["shard-progress.v1"] = WireMessages.Parse<ShardProgress>,
        ["shard-completed.v1"] = WireMessages.Parse<ShardCompleted>,
        ["shard-failed.v1"] = WireMessages.Parse<ShardFailed>,
        ["stop-shards.v1"] = WireMessages.Parse<StopShards>,
        ["worker-alive.v1"] = WireMessages.Parse<WorkerAlive>,
        ["worker-leaving.v1"] = WireMessages.Parse<WorkerLeaving>,
    };

    private static readonly System.Text.Json.JsonSerializerOptions Web = new(System.Text.Json.JsonSerializerDefaults.Web);

    private static IEnumerable<(string Version, string Name)> All => FixtureBook.Versions.SelectMany(v =>
        Directory.EnumerateFiles(FixtureBook.Of(v).Messages, "*.json").Order(StringComparer.Ordinal).Select(f => (v, Path.GetFileNameWithoutExtension(f)!)));

    public static TheoryData<string, string> Recorded
    {
        get
        {
            var data = new TheoryData<string, string>();
            foreach (var (version, name) in All) data.Add(version, name);
            return data;
        }
    }

    [Theory, MemberData(nameof(Recorded))]
    public void A_recorded_message_is_read_whole(string version, string name)
    {
        string text = File.ReadAllText(Path.Combine(FixtureBook.Of(version).Messages, name + ".json"));
        object message = Readers[name](text) ?? throw new InvalidOperationException($"{name} is not understood any more.");
        var fields = JsonNode.Parse(text)!["message"]!.AsObject();
        Assert.NotEmpty(fields);
        foreach (var (field, value) in fields)
        {
            var property = Assert.Single(message.GetType().GetProperties(), p => p.Name.Equals(field, StringComparison.OrdinalIgnoreCase));
            Assert.Equal(value?.ToJsonString() ?? "null", System.Text.Json.JsonSerializer.Serialize(property.GetValue(message), property.PropertyType, Web));
        }
    }

    [Fact]
    public void Every_message_of_the_wire_is_recorded() => Assert.Equal(
        typeof(RunShard).Assembly.GetTypes().SelectMany(t => t.GetCustomAttributes(typeof(MassTransit.MessageUrnAttribute), false).Cast<MassTransit.MessageUrnAttribute>())
            .Select(a => a.Urn.ToString()["urn:message:portraitgen:".Length..].Replace(':', '.')).Order(StringComparer.Ordinal),
        All.Select(r => r.Name).Distinct().Order(StringComparer.Ordinal));

    [Fact]
    public void Fields_that_a_newer_version_adds_are_passed_over_and_newer_versions_are_not_taken_for_older_ones()
    {
        string text = File.ReadAllText(Path.Combine(FixtureBook.Of(FixtureBook.Versions[0]).Messages, "shard-completed.v1.json"));
        var envelope = JsonNode.Parse(text)!;
        envelope["message"]!["energyJoules"] = 12.5;
        Assert.Equal(WireMessages.Parse<ShardCompleted>(text), WireMessages.Parse<ShardCompleted>(envelope.ToJsonString()));
        envelope["messageType"]![0] = "urn:message:portraitgen:shard-completed:v2";
        Assert.Null(WireMessages.Parse<ShardCompleted>(envelope.ToJsonString()));
    }
}
