using System.Text.Json.Nodes;
using Microsoft.EntityFrameworkCore;
using PortraitGen.Domain.Artifacts;
using PortraitGen.Domain.Campaigns;
using PortraitGen.Domain.Curation;
using PortraitGen.Jobs.Data;
using PortraitGen.Jobs.Planning;

namespace PortraitGen.Jobs.Curation;

/// <summary>A snapshot that succeeds appears as a dataset version, and its batch's photos as accepted or rejected.</summary>
public sealed class RecordDataset(IArtifactStore store, TimeProvider clock) : IJobCompleted
{
    public string Kind => JobKinds.Snapshot;

    public async Task ApplyAsync(JobsDb db, Campaign campaign, Job job, JsonObject output, CancellationToken cancel)
    {
        var dataset = output["dataset"]!;
        var (name, hash) = (dataset["name"]!.GetValue<string>(), ContentHash.Parse(dataset["hash"]!.GetValue<string>()));
        var rejected = RejectedList.Parse(output["rejected"]).ToList();
        if (!await db.Datasets.AnyAsync(d => d.Name == name && d.Hash == hash, cancel))
        {
            var manifest = await store.GetAsync(hash, cancel);
            db.Datasets.Add(new(Guid.CreateVersion7(clock.GetUtcNow()), name, campaign.Team, hash, manifest.Length, dataset["count"]!.GetValue<int>(),
                CanonicalJson.ToText(Details(dataset, rejected)), campaign.Id, clock.GetUtcNow()));
        }

        if (BatchOf(campaign) is { } batch) await JudgeAsync(db, batch, campaign.Id, rejected, cancel);
    }

    private static JsonObject Details(JsonNode dataset, List<RejectedPhoto> rejected) => new()
    {
        ["heldOut"] = dataset["heldOut"]!.DeepClone(),
        ["rejected"] = new JsonObject(rejected.GroupBy(r => r.Code).Select(g => KeyValuePair.Create(g.Key, (JsonNode?)g.Count()))),
    };

    /// <summary>The first curation of a batch decides: a photo's state is set once.</summary>
    private static async Task JudgeAsync(JobsDb db, BatchId batch, CampaignId campaign, List<RejectedPhoto> rejected, CancellationToken cancel)
    {
        string? text = await db.Jobs.Where(j => j.CampaignId == campaign && j.Kind == JobKinds.Curate).Select(j => j.Output).FirstOrDefaultAsync(cancel);
        var accepted = (JsonNode.Parse(text ?? "{}")!["photos"] as JsonArray ?? []).ToDictionary(p => p!["name"]!.GetValue<string>(), p => ArtifactRef.FromJson(p!["image"]).Hash);
        var reasons = rejected.GroupBy(r => r.Name).ToDictionary(g => g.Key, g => g.First());
        foreach (var photo in await db.Photos.Where(p => p.BatchId == batch && p.State == PhotoState.Uploaded).ToListAsync(cancel))
        {
            if (reasons.TryGetValue(photo.Name, out var why)) photo.Reject(why.Reason);
            else if (accepted.TryGetValue(photo.Name, out var image)) photo.Accept(image, photo.Details);
        }
    }

    private static BatchId? BatchOf(Campaign campaign) =>
        JsonNode.Parse(campaign.Spec)!["batch"]?["id"] is JsonValue id && id.TryGetValue(out string? text) && Guid.TryParse(text, out var value) ? new(value) : null;
}
