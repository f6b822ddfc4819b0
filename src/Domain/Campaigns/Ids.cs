namespace PortraitGen.Domain.Campaigns;

/// <summary>Names a campaign. Version-7 GUIDs sort by time of creation.</summary>
public readonly record struct CampaignId(Guid Value) : IComparable<CampaignId>
{
    public int CompareTo(CampaignId other) => Value.CompareTo(other.Value);
    public static bool operator <(CampaignId a, CampaignId b) => a.Value.CompareTo(b.Value) < 0;
    public static bool operator >(CampaignId a, CampaignId b) => a.Value.CompareTo(b.Value) > 0;
    public static bool operator <=(CampaignId a, CampaignId b) => a.Value.CompareTo(b.Value) <= 0;
    public static bool operator >=(CampaignId a, CampaignId b) => a.Value.CompareTo(b.Value) >= 0;
    public override string ToString() => Value.ToString("D");
}

/// <summary>Names a job, one step of a campaign or a curation.</summary>
public readonly record struct JobId(Guid Value) : IComparable<JobId>
{
    public int CompareTo(JobId other) => Value.CompareTo(other.Value);
    public static bool operator <(JobId a, JobId b) => a.Value.CompareTo(b.Value) < 0;
    public static bool operator >(JobId a, JobId b) => a.Value.CompareTo(b.Value) > 0;
    public static bool operator <=(JobId a, JobId b) => a.Value.CompareTo(b.Value) <= 0;
    public static bool operator >=(JobId a, JobId b) => a.Value.CompareTo(b.Value) >= 0;
    public override string ToString() => Value.ToString("D");
}

/// <summary>Names a shard, the slice of a job that one worker does and one message names.</summary>
public readonly record struct ShardId(Guid Value) : IComparable<ShardId>
{
    public int CompareTo(ShardId other) => Value.CompareTo(other.Value);
    public static bool operator <(ShardId a, ShardId b) => a.Value.CompareTo(b.Value) < 0;
    public static bool operator >(ShardId a, ShardId b) => a.Value.CompareTo(b.Value) > 0;
    public static bool operator <=(ShardId a, ShardId b) => a.Value.CompareTo(b.Value) <= 0;
    public static bool operator >=(ShardId a, ShardId b) => a.Value.CompareTo(b.Value) >= 0;
    public override string ToString() => Value.ToString("D");
}

/// <summary>Names one upload of photos.</summary>
public readonly record struct BatchId(Guid Value) : IComparable<BatchId>
{
    public int CompareTo(BatchId other) => Value.CompareTo(other.Value);
    public static bool operator <(BatchId a, BatchId b) => a.Value.CompareTo(b.Value) < 0;
    public static bool operator >(BatchId a, BatchId b) => a.Value.CompareTo(b.Value) > 0;
    public static bool operator <=(BatchId a, BatchId b) => a.Value.CompareTo(b.Value) <= 0;
    public static bool operator >=(BatchId a, BatchId b) => a.Value.CompareTo(b.Value) >= 0;
    public override string ToString() => Value.ToString("D");
}
