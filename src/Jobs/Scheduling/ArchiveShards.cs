using System.IO.Compression;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using PortraitGen.Domain.Artifacts;
using PortraitGen.Domain.Campaigns;
using PortraitGen.Jobs.Data;
using PortraitGen.Jobs.Hosting;

namespace PortraitGen.Jobs.Scheduling;

/// <summary>Moves the shards of campaigns that ended long ago out of the tables, into one artifact of each campaign. Campaigns, jobs, curves and events stay.</summary>
/// <remarks>Failed campaigns keep theirs: somebody may still look into them. Each step can be repeated: the artifact first, then the rows, the mark last.</remarks>
public sealed partial class ArchiveShards(JobsDb db, IArtifactStore store, JobsOptions options, TimeProvider clock, ILogger<ArchiveShards> logger)
{
    public const string ArtifactName = "shards.jsonl.gz";
    private const int CampaignsAtOnce = 100, RowsAtOnce = 1000;

    /// <returns>How many campaigns were archived.</returns>
    public async Task<int> RunAsync(CancellationToken cancel)
    {
        var before = clock.GetUtcNow() - options.KeepShards;
        var due = await db.Campaigns.AsNoTracking()
            .Where(c => c.ArchivedAt == null && c.EndedAt < before && (c.State == CampaignState.Succeeded || c.State == CampaignState.Cancelled))
            .OrderBy(c => c.EndedAt).Select(c => c.Id).Take(CampaignsAtOnce).ToListAsync(cancel);
        foreach (var id in due) await ArchiveAsync(id, cancel);
        return due.Count;
    }

    private async Task ArchiveAsync(CampaignId id, CancellationToken cancel)
    {
        db.ChangeTracker.Clear();
        if (!await db.Artifacts.AnyAsync(a => a.CampaignId == id && a.Name == ArtifactName, cancel)) await StoreAsync(id, cancel);
        int rows = 0;
        for (int gone = RowsAtOnce; gone == RowsAtOnce; rows += gone)
            gone = await db.Shards.Where(s => s.CampaignId == id).OrderBy(s => s.Id).Take(RowsAtOnce).ExecuteDeleteAsync(cancel); // their runs go with them
        var now = clock.GetUtcNow();
        await db.Campaigns.Where(c => c.Id == id).ExecuteUpdateAsync(set => set.SetProperty(c => c.ArchivedAt, now), cancel);
        LogArchived(id.Value, rows);
    }

    private async Task StoreAsync(CampaignId id, CancellationToken cancel)
    {
        var first = await db.Jobs.Where(j => j.CampaignId == id).OrderBy(j => j.Ordinal).Select(j => j.Id).FirstOrDefaultAsync(cancel);
        if (first == default) return;
        using var bytes = new MemoryStream();
        await using (var zip = new GZipStream(bytes, CompressionLevel.Optimal, leaveOpen: true))
        {
            var after = default(ShardId);
            for (List<Shard> page = [null!]; page.Count > 0;)
            {
                page = await db.Shards.AsNoTracking().Where(s => s.CampaignId == id && s.Id > after).OrderBy(s => s.Id).Take(RowsAtOnce).ToListAsync(cancel);
                var ids = page.Select(s => s.Id).ToArray();
                var runs = (await db.Attempts.AsNoTracking().Where(a => ids.Contains(a.ShardId)).ToListAsync(cancel)).ToLookup(a => a.ShardId);
                foreach (var shard in page)
                {
                    await zip.WriteAsync(JsonSerializer.SerializeToUtf8Bytes(Line(shard, runs[shard.Id])), cancel);
                    zip.WriteByte((byte)'\n');
                    after = shard.Id;
                }
            }
        }

        var artifact = await store.PutAsync(bytes.ToArray(), "application/gzip", cancel);
        db.Artifacts.Add(new(id, first, ArtifactName, artifact, clock.GetUtcNow()));
        await db.SaveChangesAsync(cancel);
    }

    private static JsonObject Line(Shard s, IEnumerable<ShardAttempt> runs) => new()
    {
        ["id"] = s.Id.Value,
        ["job"] = s.JobId.Value,
        ["stage"] = s.StageName,
        ["index"] = s.Index,
        ["kind"] = s.Kind,
        ["input"] = JsonNode.Parse(s.Input),
        ["inputKey"] = s.InputKey.Hex,
        ["resultHash"] = s.ResultHash?.Hex,
        ["state"] = s.State.ToString().ToLowerInvariant(),
        ["deaths"] = s.Deaths,
        ["deviceSeconds"] = s.DeviceSeconds,
        ["createdAt"] = s.CreatedAt,
        ["endedAt"] = s.EndedAt,
        ["runs"] = new JsonArray([.. runs.OrderBy(r => r.StartedAt).Select(r => new JsonObject
        {
            ["attempt"] = r.Attempt,
            ["worker"] = r.Worker,
            ["startedAt"] = r.StartedAt,
            ["endedAt"] = r.EndedAt,
            ["outcome"] = r.Outcome,
        })]),
    };

    [LoggerMessage(1101, LogLevel.Information, "Archived campaign {CampaignId}: {Rows} shards left the tables")]
    private partial void LogArchived(Guid campaignId, int rows);
}
