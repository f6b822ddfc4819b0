namespace PortraitGen.Jobs.Messaging;

/// <summary>What orchestration says to workers.</summary>
public interface IShardBus
{
    Task RunAsync(RunShard shard, CancellationToken cancel);

    Task StopAsync(StopShards stop, CancellationToken cancel);

    /// <summary>Whether what was sent is still there after this process is gone.</summary>
    bool QueuesOutliveProcess { get; }
}
