using System.Text.Json.Nodes;
using PortraitGen.Domain.Artifacts;
using PortraitGen.Domain.Campaigns;

namespace PortraitGen.Jobs.Scheduling;

/// <summary>Makes events for people and dashboards to follow.</summary>
internal static class EventLog
{
    public static CampaignEvent Of(CampaignId campaign, JobId? job, string kind, DateTimeOffset now, JsonObject data) =>
        new(campaign, job, kind, CanonicalJson.ToText(data), now);

    public static CampaignEvent Of(Job job, string kind, DateTimeOffset now, JsonObject data)
    {
        data["job"] = job.Name;
        return Of(job.CampaignId, job.Id, kind, now, data);
    }

    public static CampaignEvent Of(Job job, Shard shard, string kind, DateTimeOffset now, JsonObject data)
    {
        (data["shard"], data["stage"], data["index"], data["attempt"]) = (shard.Id.Value, shard.StageName, shard.Index, shard.Attempt);
        return Of(job, kind, now, data);
    }
}
