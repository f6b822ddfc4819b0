namespace PortraitGen.Domain.Campaigns;

/// <summary>What a job does. Stable strings, never type names: rows and messages outlive code.</summary>
public static class JobKinds
{
    public const string Ingest = "ingest";
    public const string Curate = "curate";
    public const string Snapshot = "snapshot";
    public const string Pretrain = "pretrain";
    public const string Invert = "invert";
    public const string Label = "label";
    public const string TrainReward = "train-reward";
    public const string GrpoEpoch = "grpo-epoch";
    public const string Benchmark = "benchmark";
    public const string Export = "export";
}

/// <summary>What a shard does: the key by which a worker finds its handler.</summary>
public static class ShardKinds
{
    public const string Curate = "curate";
    public const string Pretrain = "pretrain";
    public const string Embed = "embed";
    public const string Invert = "invert";
    public const string Label = "label";
    public const string TrainReward = "train-reward";
    public const string Rollout = "rollout";
    public const string Score = "score";
    public const string Gradient = "gradient";
    public const string Update = "update";
    public const string Benchmark = "benchmark";
}

/// <summary>The stable names of failures. Each class has a retry budget of its own.</summary>
public static class FailureClasses
{
    public const string UserError = "user-error";
    public const string Oom = "oom";
    public const string Nan = "nan";
    public const string TooLong = "too-long";
    public const string Infra = "infra";
    /// <summary>An object that it reads is damaged or gone. It is made again by whoever made it, and the shard waits for that.</summary>
    public const string Corrupt = "corrupt";
    public const string Preempted = "preempted";
    public const string Poison = "poison";
    public const string Cancelled = "cancelled";

    /// <summary>The worker's release cannot do the shard: another one will.</summary>
    public const string Outdated = "outdated";
    public const string Budget = "budget";
}
