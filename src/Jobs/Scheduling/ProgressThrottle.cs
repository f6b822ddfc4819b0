using System.Collections.Concurrent;
using PortraitGen.Domain.Campaigns;

namespace PortraitGen.Jobs.Scheduling;

/// <summary>Lets one progress event per job through in half a second: enough for eyes, bearable for tables.</summary>
public sealed class ProgressThrottle
{
    private static readonly TimeSpan Every = TimeSpan.FromMilliseconds(500);
    private readonly ConcurrentDictionary<JobId, DateTimeOffset> _last = new();

    public bool Passes(JobId job, DateTimeOffset now)
    {
        if (_last.TryGetValue(job, out var last) && now - last < Every) return false;
        if (_last.Count > 10_000) _last.Clear();
        _last[job] = now;
        return true;
    }
}

internal static class ProgressEvent
{
    public static CampaignEvent Of(Job job, Shard shard, DateTimeOffset now) => EventLog.Of(job, shard, EventKinds.Progress, now, new()
    {
        ["done"] = job.StageSize - job.Remaining,
        ["of"] = job.StageSize,
        ["fraction"] = shard.Fraction,
        ["text"] = shard.ProgressText,
        ["worker"] = shard.Worker,
    });
}
