namespace PortraitGen.Jobs.Messaging;

/// <summary>What orchestration says to workers.</summary>
public interface IShardBus
{
    /// <param name="queue">That of the workers who fit, as they announced it.</param>
    Task RunAsync(RunShard shard, string queue, CancellationToken cancel);

    Task StopAsync(StopShards stop, CancellationToken cancel);

    /// <summary>Whether what was sent is still there after this process is gone.</summary>
    bool QueuesOutliveProcess { get; }
}
