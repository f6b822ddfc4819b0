using System.Text;
using MassTransit;
using PortraitGen.Domain.Artifacts;
using PortraitGen.Domain.Scheduling;

namespace PortraitGen.Jobs.Messaging;

/// <summary>The queues and their settings. On RabbitMQ all are durable quorum queues whose delivery limit is set here.</summary>
public static class ShardQueues
{
    /// <summary>Shards for workers that announce no queue of their own. The others' begin with this.</summary>
    public const string Shards = "portraitgen.shards";

    /// <summary>The queue that all workers of this capability share: no worker must wait behind a shard that it cannot do, or hold one while it does another.</summary>
    public static string For(Capability capability)
    {
        string kinds = ContentHash.Of(Encoding.UTF8.GetBytes(string.Join(',', (capability.Kinds ?? []).Order(StringComparer.Ordinal)))).Hex[..8];
        string memory = capability.MemoryGiB is { } gib ? $"{gib}g" : "any";
        return $"{Shards}.{capability.Device}-{memory}-{capability.InstructionSet}-{capability.Libtorch}-{kinds}";
    }

    /// <summary>What workers report.</summary>
    public const string Results = "portraitgen.results";

    /// <summary>Questions before computing: apart from results, so that a flood of those delays no start.</summary>
    public const string Questions = "portraitgen.questions";

    /// <summary>Stop orders; each worker has its own short-lived queue of this prefix.</summary>
    public const string Stops = "portraitgen.stops";

    /// <summary>The broker gives a delivery up after this many returns. The sweep then publishes the shard again.</summary>
    public const int DeliveryLimit = 20;

    /// <summary>Settings that every receiver of a durable queue shares, so that whoever declares it first declares the same.</summary>
    public static void Durable(IReceiveEndpointConfigurator endpoint)
    {
        if (endpoint is not IRabbitMqReceiveEndpointConfigurator rabbit) return;
        rabbit.SetQuorumQueue();
        rabbit.SetQueueArgument("x-delivery-limit", DeliveryLimit);
    }

    internal static void Durable(IRabbitMqQueueBindingConfigurator queue)
    {
        queue.SetQueueArgument("x-queue-type", "quorum");
        queue.SetQueueArgument("x-delivery-limit", DeliveryLimit);
        queue.Durable = true;
        queue.AutoDelete = false;
    }
}
