namespace PortraitGen.Domain.Campaigns;

/// <summary>Names a campaign. Version-7 GUIDs sort by time of creation.</summary>
public readonly record struct CampaignId(Guid Value)
{
    public override string ToString() => Value.ToString("D");
}

/// <summary>Names a job, one step of a campaign or a curation.</summary>
public readonly record struct JobId(Guid Value)
{
    public override string ToString() => Value.ToString("D");
}

/// <summary>Names a shard, the slice of a job that one worker does and one message names.</summary>
public readonly record struct ShardId(Guid Value)
{
    public override string ToString() => Value.ToString("D");
}

/// <summary>Names one upload of photos.</summary>
public readonly record struct BatchId(Guid Value)
{
    public override string ToString() => Value.ToString("D");
}
