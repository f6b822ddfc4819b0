using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Microsoft.EntityFrameworkCore;
using PortraitGen.Domain.Artifacts;
using PortraitGen.Domain.Campaigns;
using PortraitGen.Jobs.Data;

namespace PortraitGen.Jobs.Artifacts;

/// <summary>What must stay in the store: marked from rows, result indexes and manifests. Only grows.</summary>
/// <remarks>Every 64 hex digits in a row's JSON count as a reference: marking too much keeps, marking too little would lose.</remarks>
internal sealed partial class References(JobsDb db, IArtifactStore store, RetentionOptions options, TimeProvider clock)
{
    private const int Page = 1000;
    private readonly HashSet<ContentHash> _expanded = [];
    private readonly HashSet<ContentHash> _chained = [];

    /// <summary>Objects that must stay.</summary>
    public HashSet<ContentHash> Objects { get; } = [];

    /// <summary>Input keys whose result index must stay.</summary>
    public HashSet<ContentHash> Results { get; } = [];

    /// <summary>Input keys of shards that a campaign which has not ended has done: its planner reads the index, whatever became of its outputs.</summary>
    public HashSet<ContentHash> Live { get; } = [];

    /// <summary>Marks from all rows; or, given a time, from those that were added or ended since.</summary>
    public async Task MarkAsync(DateTimeOffset? since, CancellationToken cancel)
    {
        var (now, from) = (clock.GetUtcNow(), since ?? DateTimeOffset.MinValue);
        foreach (var hash in await db.Datasets.AsNoTracking().Where(d => d.CreatedAt >= from).Select(d => d.Hash).ToListAsync(cancel)) await ExpandAsync(hash, cancel);
        foreach (var photo in await db.Photos.AsNoTracking().Where(p => p.CreatedAt >= from).Select(p => new { p.Hash, p.CuratedHash, p.Details }).ToListAsync(cancel))
        {
            Objects.Add(photo.Hash);
            if (photo.CuratedHash is { } curated) Objects.Add(curated);
            Mark(photo.Details);
        }

        var ended = now - options.Finished;
        var campaigns = db.Campaigns.AsNoTracking();
        if (since is not null) campaigns = campaigns.Where(c => c.EndedAt == null || c.EndedAt >= from);
        foreach (var campaign in await campaigns.Select(c => new { c.Id, c.State, c.EndedAt, c.Spec, c.SpecHash, c.CreatedAt }).ToListAsync(cancel))
        {
            bool whole = !campaign.State.IsTerminal() || campaign.EndedAt > ended;
            if (campaign.CreatedAt >= from)
            {
                Objects.Add(campaign.SpecHash);
                Mark(campaign.Spec);
                var spec = JsonNode.Parse(campaign.Spec)!;
                foreach (string name in new[] { "base", "dataset" })
                    if (HashOf(spec[name]) is { } part) await ExpandAsync(part, cancel);
            }

            await ArtifactsAsync(campaign.Id, whole, from, cancel);
            if (!whole) continue;
            foreach (string? output in await db.Jobs.AsNoTracking().Where(j => j.CampaignId == campaign.Id && j.Output != null && j.EndedAt >= from).Select(j => j.Output).ToListAsync(cancel)) Mark(output);
            await ShardsAsync(campaign.Id, !campaign.State.IsTerminal(), from, cancel);
        }
    }

    /// <summary>The names that people see, and the chains of the checkpoints among them.</summary>
    private async Task ArtifactsAsync(CampaignId campaign, bool whole, DateTimeOffset from, CancellationToken cancel)
    {
        var artifacts = await db.Artifacts.AsNoTracking().Where(a => a.CampaignId == campaign && a.CreatedAt >= from).Select(a => new { a.Name, a.Hash }).ToListAsync(cancel);
        if (artifacts.Count == 0) return;
        foreach (var artifact in artifacts) Objects.Add(artifact.Hash);
        foreach (var checkpoint in artifacts.Where(a => a.Name.EndsWith("checkpoint.json", StringComparison.Ordinal)))
            await ChainAsync(checkpoint.Hash, policy: whole || Kept(checkpoint.Name), cancel);
    }

    private bool Kept(string name) => !EpochOf().IsMatch(name) || (options.KeepEvery > 0 && int.Parse(EpochOf().Match(name).Groups[1].ValueSpan) % options.KeepEvery == 0);

    private async Task ShardsAsync(CampaignId campaign, bool live, DateTimeOffset from, CancellationToken cancel)
    {
        ShardId? after = null;
        while (true)
        {
            var query = db.Shards.AsNoTracking().Where(s => s.CampaignId == campaign && (s.CreatedAt >= from || s.EndedAt >= from));
            if (after is { } last) query = query.Where(s => s.Id > last);
            var page = await query.OrderBy(s => s.Id).Take(Page).Select(s => new { s.Id, s.InputKey, s.Input, s.State }).ToListAsync(cancel);
            foreach (var shard in page)
            {
                Mark(shard.Input);
                Objects.Add(shard.InputKey);
                if (live && shard.State is ShardState.Succeeded) Live.Add(shard.InputKey);
                Results.Add(shard.InputKey);
                if (await store.GetNamedAsync(InputKey.ResultName(shard.InputKey), cancel) is { } index) Mark(System.Text.Encoding.UTF8.GetString(index));
            }

            if (page.Count < Page) return;
            after = page[^1].Id;
        }
    }

    /// <summary>A checkpoint's manifests down to version 0 and the works' documents that they name; the policy of the first only if it is kept.</summary>
    private async Task ChainAsync(ContentHash manifest, bool policy, CancellationToken cancel)
    {
        for (ContentHash? at = manifest; at is { } hash; policy = false)
        {
            at = null;
            if (await JsonAsync(hash, cancel) is not { } root) return;
            Objects.Add(hash);
            if (policy) foreach (string part in new[] { "policy", "average", "moments" }) Mark(root[part]?.ToJsonString());
            if (!_chained.Add(hash) && !policy) return; // the rest of it was walked before
            foreach (string name in new[] { "spec", "base" })
                if (HashOf(root[name]) is { } part) await ExpandAsync(part, cancel);
            if (HashOf(root["work"]) is { } work) await WorkAsync(work, cancel);
            at = HashOf(root["parent"]);
        }
    }

    private async Task WorkAsync(ContentHash key, CancellationToken cancel)
    {
        Objects.Add(key);
        if (await JsonAsync(key, cancel) is { } document)
            foreach (var work in document["input"]?["works"] as JsonArray ?? [])
                if (HashOf(work?["key"]) is { } made) Objects.Add(made);
    }

    /// <summary>Marks an object and, when it is a manifest of others (a model's files, a dataset version's portraits), those too.</summary>
    private async Task ExpandAsync(ContentHash hash, CancellationToken cancel)
    {
        Objects.Add(hash);
        if (_expanded.Add(hash) && await JsonAsync(hash, cancel) is { } root && (root.ContainsKey("files") || root.ContainsKey("entries"))) Mark(root.ToJsonString());
    }

    private async Task<JsonObject?> JsonAsync(ContentHash hash, CancellationToken cancel)
    {
        try
        {
            byte[] bytes = await store.GetAsync(hash, cancel);
            return bytes.AsSpan().StartsWith("{"u8) ? JsonNode.Parse(bytes) as JsonObject : null;
        }
        catch (Exception e) when (e is ArtifactMissingException or ArtifactCorruptException or System.Text.Json.JsonException)
        {
            return null; // what is broken holds nothing; verification names it
        }
    }

    private void Mark(string? text)
    {
        foreach (Match match in Digits().Matches(text ?? "")) Objects.Add(ContentHash.Parse(match.Value));
    }

    private static ContentHash? HashOf(JsonNode? node) =>
        node is JsonValue value && value.TryGetValue(out string? text) && ContentHash.TryParse(text, out var hash) ? hash : null;

    [GeneratedRegex("(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])")]
    private static partial Regex Digits();

    [GeneratedRegex("^epoch-([0-9]+)/")]
    private static partial Regex EpochOf();
}
