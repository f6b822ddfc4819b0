using System.Text.Json.Nodes;
using Microsoft.EntityFrameworkCore;
using PortraitGen.Domain.Campaigns;
using PortraitGen.Jobs.Data;

namespace PortraitGen.Api.Dashboard;

/// <summary>How many shards of a job's stage are in which state.</summary>
public sealed record StageCount(int Stage, string Name, ShardState State, int Count);

/// <summary>Everything that the page of a campaign shows, as of one moment.</summary>
/// <param name="Jobs">All of them, or those around the one in hand when there are very many.</param>
/// <param name="JobCounts">Of all jobs, by state.</param>
/// <param name="Chosen">The job whose shards are shown: the one asked for, else the one in hand, else the last that did anything.</param>
/// <param name="Prompts">Of the samples, in their order; empty before the first benchmark.</param>
/// <param name="Stages">Of the chosen job.</param>
/// <param name="Shards">Of the chosen job; unfinished ones first when there are more than are shown.</param>
/// <param name="LiveWorkers">Workers that were heard of within <see cref="CampaignReader.HeartbeatStale"/>.</param>
public sealed record CampaignPicture(
    Campaign Campaign, IReadOnlyList<Job> Jobs, IReadOnlyDictionary<JobState, int> JobCounts, Job? Chosen, IReadOnlyList<StageCount> Stages,
    IReadOnlyList<Shard> Shards, int LiveWorkers, int WaitingShards, IReadOnlyList<CampaignArtifact> Artifacts, IReadOnlyList<Chart> Charts, IReadOnlyList<string> Prompts)
{
    public int JobsInAll => JobCounts.Values.Sum();
    public int JobsDone => JobCounts.GetValueOrDefault(JobState.Succeeded);
    public int ShardsInAll => Stages.Sum(s => s.Count);
}

/// <summary>Reads the page of a campaign from rows alone: no state is guessed.</summary>
public sealed class CampaignReader(IDbContextFactory<JobsDb> rows, CurveReader curves, TimeProvider clock)
{
    /// <summary>Heartbeats come every 10 s; this long without one is worth saying.</summary>
    public static readonly TimeSpan HeartbeatStale = TimeSpan.FromSeconds(25);

    public const int MostShards = 200;
    public const int MostJobs = 80;

    public async Task<CampaignPicture?> ReadAsync(CampaignId id, JobId? wanted, CancellationToken cancel)
    {
        await using var db = await rows.CreateDbContextAsync(cancel);
        if (await db.Campaigns.AsNoTracking().FirstOrDefaultAsync(c => c.Id == id, cancel) is not { } campaign) return null;

        var counts = await db.Jobs.AsNoTracking().Where(j => j.CampaignId == id).GroupBy(j => j.State)
            .Select(g => new { g.Key, Count = g.Count() }).ToDictionaryAsync(g => g.Key, g => g.Count, cancel);
        var jobs = await JobsAsync(db, id, wanted, counts.Values.Sum(), cancel);
        var chosen = jobs.FirstOrDefault(j => j.Id == wanted) ?? jobs.FirstOrDefault(j => j.State is JobState.Running)
            ?? jobs.LastOrDefault(j => j.StartedAt is not null) ?? jobs.FirstOrDefault();
        var (stages, shards) = chosen is null ? ([], []) : await ShardsAsync(db, chosen.Id, cancel);

        var heard = clock.GetUtcNow() - HeartbeatStale;
        int workers = await db.Workers.AsNoTracking().CountAsync(w => w.LeftAt == null && w.LastSeen > heard, cancel);
        int waiting = await db.Shards.AsNoTracking().CountAsync(s => s.CampaignId == id && (s.State == ShardState.Pending || s.State == ShardState.Dispatched), cancel);
        var artifacts = await db.Artifacts.AsNoTracking().Where(a => a.CampaignId == id).OrderBy(a => a.Name).ToListAsync(cancel);
        return new(campaign, jobs, counts, chosen, stages, shards, workers, waiting, artifacts, await curves.ReadAsync(id, cancel), await PromptsAsync(db, id, cancel));
    }

    /// <summary>What the samples were asked for, as the first benchmark wrote it down.</summary>
    private static async Task<IReadOnlyList<string>> PromptsAsync(JobsDb db, CampaignId id, CancellationToken cancel)
    {
        string? output = await db.Jobs.AsNoTracking().Where(j => j.CampaignId == id && j.Kind == JobKinds.Benchmark && j.Output != null).OrderBy(j => j.Ordinal).Select(j => j.Output).FirstOrDefaultAsync(cancel);
        return [.. (JsonNode.Parse(output ?? "{}")!["prompts"] as JsonArray ?? []).Select(p => p!.GetValue<string>())];
    }

    private static async Task<List<Job>> JobsAsync(JobsDb db, CampaignId id, JobId? wanted, int inAll, CancellationToken cancel)
    {
        var all = db.Jobs.AsNoTracking().Where(j => j.CampaignId == id);
        if (inAll <= MostJobs) return await all.OrderBy(j => j.Ordinal).ToListAsync(cancel);

        int? centre = await all.Where(j => j.Id == wanted).Select(j => (int?)j.Ordinal).FirstOrDefaultAsync(cancel)
            ?? await all.Where(j => j.State != JobState.Planned).MaxAsync(j => (int?)j.Ordinal, cancel);
        int first = Math.Clamp((centre ?? 0) - MostJobs * 3 / 4, 0, inAll - MostJobs);
        return await all.Where(j => j.Ordinal >= first).OrderBy(j => j.Ordinal).Take(MostJobs).ToListAsync(cancel);
    }

    private static async Task<(IReadOnlyList<StageCount>, IReadOnlyList<Shard>)> ShardsAsync(JobsDb db, JobId job, CancellationToken cancel)
    {
        var all = db.Shards.AsNoTracking().Where(s => s.JobId == job);
        var stages = await all.GroupBy(s => new { s.Stage, s.StageName, s.State })
            .Select(g => new { g.Key.Stage, g.Key.StageName, g.Key.State, Count = g.Count() }).OrderBy(g => g.Stage).ToListAsync(cancel);
        // Rows keep their place while they fit on the page; beyond that, what needs eyes comes first.
        var shown = stages.Sum(s => s.Count) <= MostShards
            ? all.OrderByDescending(s => s.Stage).ThenBy(s => s.Index)
            : all.OrderBy(s => s.State == ShardState.Failed || s.State == ShardState.Parked ? 0 : s.State == ShardState.Running ? 1 : s.State == ShardState.Succeeded ? 3 : 2)
                .ThenByDescending(s => s.Stage).ThenBy(s => s.Index);
        return ([.. stages.Select(s => new StageCount(s.Stage, s.StageName, s.State, s.Count))], await shown.Take(MostShards).ToListAsync(cancel));
    }
}
