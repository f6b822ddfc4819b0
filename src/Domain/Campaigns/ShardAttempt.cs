namespace PortraitGen.Domain.Campaigns;

/// <summary>One run of a shard by one start of a worker. It outlives the shard's next run, so that a death is counted whenever it becomes known.</summary>
public sealed class ShardAttempt
{
    private ShardAttempt() { }

    public ShardAttempt(Guid id, ShardId shardId, JobId jobId, int attempt, string worker, Guid bootId, DateTimeOffset now) =>
        (Id, ShardId, JobId, Attempt, Worker, BootId, StartedAt) = (id, shardId, jobId, attempt, worker, bootId, now);

    public Guid Id { get; private set; }
    public ShardId ShardId { get; private set; }
    public JobId JobId { get; private set; }
    public int Attempt { get; private set; }
    public string Worker { get; private set; } = "";
    public Guid BootId { get; private set; }
    public DateTimeOffset StartedAt { get; private set; }
    public DateTimeOffset? EndedAt { get; private set; }

    /// <summary><c>succeeded</c>, <c>died</c>, or one of <see cref="FailureClasses"/>; null while it runs.</summary>
    public string? Outcome { get; private set; }

    public bool End(string outcome, DateTimeOffset now)
    {
        if (EndedAt is not null) return false;
        (Outcome, EndedAt) = (outcome, now);
        return true;
    }
}

/// <summary>A worker that was heard of.</summary>
public sealed class WorkerRecord
{
    private WorkerRecord() { }

    public WorkerRecord(string name, Guid bootId, int slots, DateTimeOffset now) =>
        (Name, BootId, Slots, StartedAt, LastSeen) = (name, bootId, slots, now, now);

    public string Name { get; private set; } = "";

    /// <summary>Drawn at each start of the process.</summary>
    public Guid BootId { get; private set; }

    /// <summary>How many shards it runs at once.</summary>
    public int Slots { get; private set; }

    public DateTimeOffset StartedAt { get; private set; }
    public DateTimeOffset LastSeen { get; private set; }

    /// <summary>It said goodbye: what it leaves behind is no death.</summary>
    public DateTimeOffset? LeftAt { get; private set; }

    /// <summary>Takes a sign of life. The boot id of an earlier start that ended without a goodbye, or null.</summary>
    public Guid? Seen(Guid bootId, int? slots, DateTimeOffset now)
    {
        (LastSeen, Slots) = (now, slots ?? Slots);
        if (bootId == BootId) return null;
        Guid? dead = LeftAt is null ? BootId : null;
        (BootId, StartedAt, LeftAt) = (bootId, now, null);
        return dead;
    }

    public bool Leave(Guid bootId, DateTimeOffset now)
    {
        if (bootId != BootId || LeftAt is not null) return false;
        LeftAt = now;
        return true;
    }
}
