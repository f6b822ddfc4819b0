using System.Text.Json.Nodes;
using PortraitGen.Domain.Artifacts;
using PortraitGen.Domain.Campaigns;
using PortraitGen.Domain.Curation;
using PortraitGen.Jobs.Data;

namespace PortraitGen.Jobs.Curation;

/// <summary>One file of an upload.</summary>
/// <param name="Refusal">Null for a photo whose bytes are stored; else why it was left out.</param>
public sealed record UploadedFile(string Name, ArtifactRef File, Rejection? Refusal);

/// <summary>Writes the rows of an upload, in one transaction.</summary>
public sealed class StoreBatch(JobsDb db, TimeProvider clock)
{
    /// <param name="files">Their names are unique.</param>
    /// <param name="captions">Sidecar texts by photo name or stem.</param>
    public async Task<BatchId> RunAsync(
        string name, string team, Rights rights, IReadOnlyList<UploadedFile> files, IReadOnlyDictionary<string, string> captions, CancellationToken cancel)
    {
        var now = clock.GetUtcNow();
        var batch = new Batch(new(Guid.CreateVersion7(now)), name, team, now);
        db.Batches.Add(batch);
        foreach (var file in files)
        {
            var photo = new Photo(Guid.CreateVersion7(now), batch.Id, file.Name, file.File, now);
            photo.Describe(CanonicalJson.ToText(Details(file, rights, captions)));
            if (file.Refusal is { } refusal) photo.Reject(refusal.Reason);
            db.Photos.Add(photo);
        }

        await using var write = await db.BeginWriteAsync(cancel);
        await db.SaveChangesAsync(cancel);
        await write.CommitAsync(cancel);
        return batch.Id;
    }

    private static JsonObject Details(UploadedFile file, Rights rights, IReadOnlyDictionary<string, string> captions)
    {
        var details = new JsonObject { ["rights"] = rights.ToJson() };
        if (file.Refusal is { } refusal) details[PhotoDetails.Code] = refusal.Code;
        else if (Captions.KeysOf(file.Name).Select(captions.GetValueOrDefault).FirstOrDefault(t => t is not null) is { } caption) details[PhotoDetails.Caption] = caption;
        return details;
    }
}

/// <summary>The keys of a photo's details.</summary>
public static class PhotoDetails
{
    /// <summary>Why the upload left it out: its bytes are not stored. Not set when curation rejected it.</summary>
    public const string Code = "code";

    public const string Caption = "caption";
    public const string Rights = "rights";
}
