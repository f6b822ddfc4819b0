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
    /// <summary>A start that was not heard for this long has no claim to its name against another. Six missed signs of life.</summary>
    public static readonly TimeSpan Silence = TimeSpan.FromMinutes(1);

    private WorkerRecord() { }

    public WorkerRecord(string name, Guid bootId, int slots, DateTimeOffset now) =>
        (Name, BootId, Slots, StartedAt, LastSeen) = (name, bootId, slots, now, now);

    public string Name { get; private set; } = "";

    /// <summary>Drawn at each start of the process.</summary>
    public Guid BootId { get; private set; }

    /// <summary>How many shards it runs at once; 0 before it takes any.</summary>
    public int Slots { get; private set; }

    /// <summary>Where it takes shards from; null before it says so.</summary>
    public string? Queue { get; private set; }

    /// <summary>What it announced of itself, as JSON of <see cref="Scheduling.Capability"/>; null: unknown.</summary>
    public string? Capability { get; private set; }

    public DateTimeOffset StartedAt { get; private set; }
    public DateTimeOffset LastSeen { get; private set; }

    /// <summary>It said goodbye: what it leaves behind is no death.</summary>
    public DateTimeOffset? LeftAt { get; private set; }

    /// <summary>Takes a sign of life. The boot id of an earlier start that ended without a goodbye, or null.</summary>
    /// <remarks>Messages overtake each other: late words of an earlier start, which its time-ordered id tells, must not bury the process that lives.
    /// Where the worker's clock was set back, a new start looks earlier too; it is believed once the other has been silent for <see cref="Silence"/>.</remarks>
    public Guid? Seen(Guid bootId, int? slots, DateTimeOffset now)
    {
        if (IsBefore(bootId, BootId) && now - LastSeen < Silence) return null;
        bool same = bootId == BootId;
        // Its first words, from before it takes shards, may come after the next ones: it would get nothing until the ones after those.
        (LastSeen, Slots) = (now, same && slots is 0 ? Slots : slots ?? Slots);
        if (same) return null;
        Guid? dead = LeftAt is null ? BootId : null;
        (BootId, StartedAt, LeftAt) = (bootId, now, null);
        return dead;
    }

    /// <summary>Takes what it says of itself.</summary>
    public void Announce(string queue, string? capability) => (Queue, Capability) = (queue, capability);

    public bool Leave(Guid bootId, DateTimeOffset now)
    {
        if (bootId != BootId || LeftAt is not null) return false;
        LeftAt = now;
        return true;
    }

    // The first 48 bits of a version-7 id are its milliseconds; the rest says nothing of order.
    private static bool IsBefore(Guid a, Guid b) =>
        a.ToByteArray(bigEndian: true).AsSpan(0, 6).SequenceCompareTo(b.ToByteArray(bigEndian: true).AsSpan(0, 6)) < 0;
}
