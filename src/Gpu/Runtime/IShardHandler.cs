using PortraitGen.Domain.Campaigns;

namespace PortraitGen.Gpu.Runtime;

/// <summary>Does one kind of shard. Synchronous: it runs on the worker's device thread, where TorchSharp's dispose scopes live.</summary>
public interface IShardHandler
{
    /// <summary>One of <see cref="ShardKinds"/>.</summary>
    string Kind { get; }

    /// <summary>Computes the shard. Equal inputs give equal results, bit for bit, within one execution profile.</summary>
    /// <exception cref="OperationCanceledException">At a safe point after <paramref name="cancel"/> fired.</exception>
    /// <exception cref="ShardFailedException">The shard cannot be done; says the class and the cause.</exception>
    ShardResult Run(ShardRun run, CancellationToken cancel);
}

/// <summary>A shard failed for a reason that the handler knows.</summary>
public sealed class ShardFailedException(string failureClass, string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>One of <see cref="FailureClasses"/>.</summary>
    public string FailureClass { get; } = failureClass;
}
