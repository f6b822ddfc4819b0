using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using PortraitGen.Domain.Artifacts;
using PortraitGen.Domain.Campaigns;
using PortraitGen.Jobs.Data;
using PortraitGen.Jobs.Messaging;

namespace PortraitGen.Jobs.Scheduling;

/// <summary>Has a damaged or lost object made again by the shard that made it, from that shard's own inputs: a checkpoint is remade from its parent.</summary>
/// <remarks>Equal inputs give equal bits, so the object comes back under its own hash and no row changes.</remarks>
public sealed partial class RepairArtifact(JobsDb db, ResultReader results, IShardBus bus, ILogger<RepairArtifact> logger)
{
    private const int AtOnce = 200;

    /// <summary>The shard that made the object; null when none of the campaign did: a base model, a photo, or nothing of ours.</summary>
    public async Task<Shard?> MakerAsync(CampaignId campaign, ContentHash artifact, CancellationToken cancel)
    {
        // Newest first: what is read is mostly young.
        ShardId? before = null;
        while (true)
        {
            var made = db.Shards.AsNoTracking().Where(s => s.CampaignId == campaign && s.State == ShardState.Succeeded);
            if (before is { } last) made = made.Where(s => s.Id < last);
            var shards = await made.OrderByDescending(s => s.Id).Take(AtOnce).ToListAsync(cancel);
            if (shards.Count == 0) break;
            before = shards[^1].Id;
            var read = await results.ReadAsync([.. shards.Select(s => (s.InputKey, s.ResultHash!.Value))], cancel);
            int maker = Enumerable.Range(0, shards.Count).FirstOrDefault(i => read[i].Outputs.Values.Any(o => o.Hash == artifact), -1);
            if (maker < 0) continue;
            return shards[maker];
        }

        LogUnknown(artifact.Hex, campaign.Value);
        return null;
    }

    /// <summary>Publishes the repair. Twice is harmless.</summary>
    public Task RunAsync(Shard maker, ContentHash artifact, CancellationToken cancel)
    {
        LogRepair(artifact.Hex, maker.Id.Value, maker.Kind);
        return bus.RunAsync(new(maker.Id.Value, maker.JobId.Value, maker.CampaignId.Value, maker.Attempt, maker.Kind, maker.InputKey.Hex, maker.Input, artifact.Hex), maker.Queue ?? ShardQueues.Shards, cancel);
    }

    [LoggerMessage(1081, LogLevel.Error, "The object {Artifact} is damaged or gone; shard {ShardId} ({Kind}), which made it, makes it again")]
    private partial void LogRepair(string artifact, Guid shardId, string kind);

    [LoggerMessage(1082, LogLevel.Error, "The object {Artifact} is damaged or gone and no shard of campaign {CampaignId} made it: restore it from a replica, then redrive the job")]
    private partial void LogUnknown(string artifact, Guid campaignId);
}
