using System.Text.Json.Nodes;
using Microsoft.EntityFrameworkCore;
using PortraitGen.Domain.Artifacts;
using PortraitGen.Domain.Campaigns;
using PortraitGen.Domain.Curation;
using PortraitGen.Jobs.Campaigns;
using PortraitGen.Jobs.Data;

namespace PortraitGen.Jobs.Curation;

/// <summary>What freezing came to.</summary>
public abstract record Freezing
{
    private Freezing() { }

    public sealed record NotFound : Freezing;

    public sealed record Invalid(IReadOnlyList<SpecFault> Faults) : Freezing;

    public sealed record Submitted(Submission Submission) : Freezing;
}

/// <summary>Seals a batch and submits the curation that makes a dataset version of it.</summary>
public sealed class FreezeBatch(JobsDb db, SubmitCampaign submit, TimeProvider clock)
{
    private static readonly string[] Keys = ["name", "rules", "size", "heldOut", "captionTemplate"];

    /// <param name="wishes">name (the batch's own when missing), rules, size, heldOut, captionTemplate.</param>
    public async Task<Freezing> RunAsync(BatchId id, JsonObject wishes, string? idempotencyKey, CancellationToken cancel)
    {
        if (await db.Batches.FirstOrDefaultAsync(b => b.Id == id, cancel) is not { } batch) return new Freezing.NotFound();
        var unknown = wishes.Where(w => !Keys.Contains(w.Key)).Select(w => new SpecFault(w.Key, $"is unknown; freezing takes {string.Join(", ", Keys)}.")).ToList();
        var photos = await db.Photos.AsNoTracking().Where(p => p.BatchId == id).ToListAsync(cancel);
        var spec = SpecOf(batch, photos);
        foreach (string key in Keys) if (wishes[key] is { } wish) spec[key] = wish.DeepClone();
        var faults = unknown.Concat(CurationSpecReader.Read(spec).Faults).ToList();
        if (faults.Count > 0) return new Freezing.Invalid(faults);

        var submission = await submit.RunAsync(CampaignKinds.Curation, spec["name"]!.GetValue<string>(), batch.Team, spec, idempotencyKey, 0, cancel);
        if (submission is Submission.Created && batch.Seal(clock.GetUtcNow())) await db.SaveChangesAsync(cancel);
        return new Freezing.Submitted(submission);
    }

    private static JsonObject SpecOf(Batch batch, List<Photo> photos)
    {
        var read = photos.Select(p => (Photo: p, Details: (JsonObject)JsonNode.Parse(p.Details)!)).OrderBy(p => p.Photo.Name, StringComparer.Ordinal).ToList();
        var skipped = new JsonArray();
        var (kept, captions) = (new JsonArray(), new JsonObject());
        foreach (var (photo, details) in read)
        {
            if (details[PhotoDetails.Code] is { } code)
            {
                skipped.Add((JsonNode)new RejectedPhoto(photo.Name, code.GetValue<string>(), photo.Reason ?? "").ToJson());
                continue;
            }

            var entry = new ArtifactRef(photo.Hash, photo.Length, photo.MediaType).ToJson();
            entry["name"] = photo.Name;
            kept.Add((JsonNode)entry);
            if (details[PhotoDetails.Caption] is { } caption) captions[photo.Name] = caption.DeepClone();
        }

        return new()
        {
            ["name"] = batch.Name,
            ["batch"] = new JsonObject { ["name"] = batch.Name, ["id"] = batch.Id.ToString(), ["skipped"] = skipped },
            ["photos"] = kept,
            ["captions"] = captions,
            ["rights"] = read.Select(p => p.Details[PhotoDetails.Rights]).FirstOrDefault()?.DeepClone(),
        };
    }
}
