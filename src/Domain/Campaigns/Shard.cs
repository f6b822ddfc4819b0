using PortraitGen.Domain.Artifacts;

namespace PortraitGen.Domain.Campaigns;

/// <summary>The slice of a job that one worker does and one message names.</summary>
/// <remarks>The row is the outbox: a lost message is published again, a second one changes nothing.</remarks>
public sealed class Shard
{
    private Shard() { }

    public Shard(ShardId id, Job job, int index, string kind, string input, ContentHash inputKey, DateTimeOffset now) =>
        (Id, JobId, CampaignId, Stage, StageName, Index, Kind, Input, InputKey, CreatedAt) =
        (id, job.Id, job.CampaignId, job.Stage, job.StageName ?? "", index, kind, input, inputKey, now);

    public ShardId Id { get; private set; }
    public JobId JobId { get; private set; }
    public CampaignId CampaignId { get; private set; }
    public int Stage { get; private set; }
    public string StageName { get; private set; } = "";
    public int Index { get; private set; }

    /// <summary>One of <see cref="ShardKinds"/>.</summary>
    public string Kind { get; private set; } = "";

    public string Input { get; private set; } = "{}";
    public ContentHash InputKey { get; private set; }
    public ShardState State { get; private set; }

    /// <summary>How often it was dispatched.</summary>
    public int Attempt { get; private set; }

    /// <summary>How many worker processes died while they ran it.</summary>
    public int Deaths { get; private set; }

    /// <summary>How often it failed for the class that has a budget, and was tried again.</summary>
    public int Retries { get; private set; }

    /// <summary>Not dispatched before this.</summary>
    public DateTimeOffset? NotBefore { get; private set; }

    /// <summary>Which start of which worker has it.</summary>
    public Guid? BootId { get; private set; }

    public string? Worker { get; private set; }

    /// <summary>The queue to which it was last published: that of the workers which fit.</summary>
    public string? Queue { get; private set; }

    /// <summary>In [0, 1].</summary>
    public double Fraction { get; private set; }

    public string? ProgressText { get; private set; }
    public DateTimeOffset CreatedAt { get; private set; }
    public DateTimeOffset? DispatchedAt { get; private set; }
    public DateTimeOffset? LastHeartbeat { get; private set; }
    public DateTimeOffset? EndedAt { get; private set; }

    /// <summary>SHA-256 of the result index.</summary>
    public ContentHash? ResultHash { get; private set; }

    public string? FailureClass { get; private set; }
    public string? FailureReason { get; private set; }
    public string? FailureStack { get; private set; }

    /// <summary>Seconds on a device, over all attempts that reported.</summary>
    public double DeviceSeconds { get; private set; }

    /// <summary>Its message number <paramref name="attempt"/> is out. False when it went on meanwhile, e.g. when a fast worker was done before this was written.</summary>
    public bool Dispatch(int attempt, DateTimeOffset now, string? queue = null)
    {
        if (State is not ShardState.Pending || attempt != Attempt + 1) return false;
        (State, Attempt, Queue, DispatchedAt, LastHeartbeat, NotBefore) = (ShardState.Dispatched, attempt, queue, now, null, null);
        return true;
    }

    /// <summary>Takes the key that this release's engine gives its work. Who runs it under the old one is no longer wanted.</summary>
    public bool Rekey(ContentHash key)
    {
        if (State.IsTerminal() || key == InputKey) return false;
        InputKey = key;
        if (State is not ShardState.Pending) Release(null);
        return true;
    }

    /// <summary>Past its deadline without a sign of life: waits to be dispatched again.</summary>
    public bool Reclaim()
    {
        if (State is not (ShardState.Dispatched or ShardState.Running)) return false;
        Release(null);
        return true;
    }

    /// <summary>A worker asks whether its run number <paramref name="attempt"/> is wanted. When it is, the shard is the worker's.</summary>
    /// <param name="redelivered">The broker took the delivery back from whoever had it: the lease of the run that is known is gone.</param>
    /// <param name="patience">A run without a heartbeat for this long no longer keeps others away.</param>
    /// <returns>Null for go; otherwise why it is to be dropped.</returns>
    public string? Ask(int attempt, string worker, Guid bootId, bool redelivered, DateTimeOffset now, TimeSpan patience)
    {
        if (State.IsTerminal()) return $"it is {State.ToString().ToLowerInvariant()}";
        if (State is ShardState.Pending && attempt <= Attempt) return "superseded: it waits to be dispatched again";
        if (State is ShardState.Running && BootId != bootId && !redelivered && LastHeartbeat > now - patience) return $"it runs on {Worker}";
        RunBy(attempt, worker, bootId, now);
        return null;
    }

    /// <summary>A heartbeat. It also tells of a run that began while nobody could be asked. False from a run that no longer has the shard.</summary>
    public bool Beat(int attempt, string worker, Guid bootId, double fraction, string text, DateTimeOffset now)
    {
        bool its = State switch
        {
            ShardState.Running => BootId == bootId,
            ShardState.Dispatched => attempt == Attempt,
            ShardState.Pending => attempt > Attempt, // its message was out before that was written
            _ => false,
        };
        if (!its) return false;
        RunBy(attempt, worker, bootId, now);
        (Fraction, ProgressText) = (Math.Clamp(fraction, 0, 1), text);
        return true;
    }

    /// <summary>Takes a result, whoever brings it: equal inputs give equal results. False for a repeat, and for a shard that ended otherwise.</summary>
    public bool Succeed(ContentHash result, double deviceSeconds, DateTimeOffset now)
    {
        if (State.IsTerminal()) return false;
        (State, ResultHash, Fraction, EndedAt) = (ShardState.Succeeded, result, 1, now);
        (FailureClass, FailureReason, FailureStack) = (null, null, null);
        DeviceSeconds += deviceSeconds;
        return true;
    }

    /// <summary>Another result than the one that was taken: equal inputs gave different bits.</summary>
    public bool Contradicts(ContentHash result) => ResultHash is { } taken && taken != result;

    /// <summary>Takes a report of failure of the run that holds the shard, or of one that began while nobody could be asked. Null, and no change, from any other run.</summary>
    /// <returns>What happens next.</returns>
    public FailureVerdict? FailRun(int attempt, Guid bootId, string failureClass, string reason, string? stack, double deviceSeconds, RetryBudgets budgets, DateTimeOffset now)
    {
        bool its = State switch
        {
            ShardState.Running => BootId == bootId,
            ShardState.Dispatched => attempt >= Attempt,
            ShardState.Pending => attempt > Attempt, // its message was out before that was written
            _ => false,
        };
        if (!its) return null;
        Attempt = Math.Max(Attempt, attempt);
        DeviceSeconds += deviceSeconds;
        (FailureClass, FailureReason, FailureStack) = (failureClass, reason, stack);
        if (failureClass == FailureClasses.Cancelled)
        {
            (State, EndedAt) = (ShardState.Cancelled, now);
            return FailureVerdict.Cancelled;
        }

        if (failureClass == FailureClasses.Preempted)
        {
            Release(null);
            return FailureVerdict.Retry;
        }

        if (failureClass == FailureClasses.Outdated)
        {
            Release(now + budgets.OutdatedPause); // costs nothing to wait for, and says why in its reason
            return FailureVerdict.Retry;
        }

        if (Retries < budgets.For(failureClass))
        {
            Retries++;
            Release(now + (failureClass == FailureClasses.Corrupt ? RetryBudgets.RepairPause : budgets.Pause(Retries)));
            return FailureVerdict.Retry;
        }

        (State, EndedAt) = (ShardState.Failed, now);
        return FailureVerdict.FailJob;
    }

    /// <summary>A worker process died while it ran this shard. The only thing that counts towards poison.</summary>
    public FailureVerdict? RunnerDied(Guid bootId, RetryBudgets budgets, DateTimeOffset now)
    {
        if (State.IsTerminal()) return null;
        Deaths++;
        if (Deaths >= budgets.Deaths)
        {
            (State, EndedAt, FailureClass) = (ShardState.Parked, now, FailureClasses.Poison);
            FailureReason = $"{Deaths} worker processes died while they ran this shard, the last was {Worker ?? "unknown"}, at {Fraction:P0}: {ProgressText ?? "no word"}.";
            return FailureVerdict.FailJob;
        }

        if (BootId == bootId) Release(null);
        return FailureVerdict.Retry;
    }

    public bool Cancel(DateTimeOffset now)
    {
        if (State.IsTerminal()) return false;
        (State, EndedAt, FailureClass) = (ShardState.Cancelled, now, FailureClasses.Cancelled);
        return true;
    }

    /// <summary>Message number <paramref name="attempt"/> found its campaign paused and was dropped: the shard waits, and a late mark of that dispatch changes nothing.</summary>
    public bool PutOff(int attempt)
    {
        if (State.IsTerminal()) return false;
        Attempt = Math.Max(Attempt, attempt);
        Release(null);
        return true;
    }

    /// <summary>A person has it tried again, with fresh budgets. What it failed of stays readable until it succeeds.</summary>
    public bool Redrive()
    {
        if (State is not (ShardState.Failed or ShardState.Parked or ShardState.Cancelled)) return false;
        (EndedAt, Deaths, Retries) = (null, 0, 0);
        Release(null);
        return true;
    }

    private void RunBy(int attempt, string worker, Guid bootId, DateTimeOffset now) =>
        (State, Attempt, Worker, BootId, LastHeartbeat, DispatchedAt) = (ShardState.Running, Math.Max(Attempt, attempt), worker, bootId, now, DispatchedAt ?? now);

    private void Release(DateTimeOffset? notBefore) =>
        (State, Worker, BootId, LastHeartbeat, NotBefore, Fraction, ProgressText) = (ShardState.Pending, null, null, null, notBefore, 0, null);
}
