using MassTransit;

namespace PortraitGen.Jobs.Messaging;

/// <summary>The queues and their settings. On RabbitMQ all are durable quorum queues whose delivery limit is set here.</summary>
public static class ShardQueues
{
    /// <summary>Shards for workers.</summary>
    public const string Shards = "portraitgen.shards";

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
