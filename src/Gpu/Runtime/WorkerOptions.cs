using System.Text.Json.Nodes;

namespace PortraitGen.Gpu.Runtime;

/// <summary>How a worker runs. It knows no database.</summary>
public sealed record WorkerOptions
{
    /// <summary>Stays the same over restarts, so that a new boot id under it tells of a death.</summary>
    public string Name { get; init; } = Environment.MachineName;

    /// <summary>Shards at once; each has a device thread of its own.</summary>
    public int Concurrency { get; init; } = 1;

    /// <summary>Memory of the device, GiB; null: that of the machine for a CPU, unknown for a GPU.</summary>
    public int? MemoryGiB { get; init; }

    public TimeSpan Heartbeat { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>The least time between two reports of progress of one shard.</summary>
    public TimeSpan ProgressEvery { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How long the question go or drop waits; no answer is go.</summary>
    public TimeSpan AskPatience { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>A shard that runs longer ends as <c>too-long</c>. Well below the broker's own limit of 30 minutes.</summary>
    public TimeSpan HardLimit { get; init; } = TimeSpan.FromMinutes(20);

    /// <summary>After SIGTERM: how long running shards may go on before they end as <c>preempted</c>.</summary>
    public TimeSpan Grace { get; init; } = TimeSpan.FromSeconds(120);

    /// <summary>A worker whose disk is full takes nothing for so long, or it would fail one shard after the other while healthy ones are busy.</summary>
    public TimeSpan FullDiskPause { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>Called on the device thread before each shard with the shard's input: sets what its execution profile says, e.g. torch's threads.</summary>
    public Action<JsonObject>? Prepare { get; init; }
}
