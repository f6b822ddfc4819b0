using System.Text.Json.Nodes;
using PortraitGen.Domain.Campaigns;
using PortraitGen.Domain.Curation;
using PortraitGen.Jobs.Planning;

namespace PortraitGen.Jobs.Curation;

/// <summary>Checks a batch and its rights, gives each photo its caption, and drops files that repeat another byte by byte.</summary>
/// <remarks>Needs no worker. Output: <c>photos</c> [{name, hash, length, type, caption}] sorted by name, <c>rejected</c> [{name, code, reason}],
/// <c>captionsWithoutPhoto</c> [name].</remarks>
public sealed class IngestPlanner : IJobPlanner
{
    public string Kind => JobKinds.Ingest;

    public Task<PlanStep> NextAsync(JobProgress progress, CancellationToken cancel)
    {
        var (spec, faults) = CurationSpecReader.Read(progress.Spec);
        return Task.FromResult<PlanStep>(spec is null
            ? new PlanStep.Failed(FailureClasses.UserError, "The batch cannot be curated: " + string.Join(" ", faults))
            : new PlanStep.Done(Ingest(spec)));
    }

    private static JsonObject Ingest(CurationSpec spec)
    {
        var repeats = Duplicates.Find(spec.Photos.Select(p => (p.Name, p.Upload.Hash)));
        var photos = new JsonArray();
        foreach (var photo in spec.Photos.Where(p => !repeats.ContainsKey(p.Name)))
        {
            var entry = photo.Upload.ToJson();
            entry["name"] = photo.Name;
            entry["caption"] = Captions.For(photo.Name, spec.Captions, spec.CaptionTemplate);
            photos.Add((JsonNode)entry);
        }
        var rejected = spec.Skipped.Concat(repeats.Select(r =>
            new RejectedPhoto(r.Key, RejectionCodes.DuplicateOf, $"The file is, byte by byte, the same as {r.Value}.")));
        var used = spec.Photos.SelectMany(p => Captions.KeysOf(p.Name)).ToHashSet(StringComparer.Ordinal);
        return new()
        {
            ["photos"] = photos,
            ["rejected"] = RejectedList.ToJson(rejected),
            ["captionsWithoutPhoto"] = new JsonArray([.. spec.Captions.Keys.Where(k => !used.Contains(k)).Order(StringComparer.Ordinal).Select(k => (JsonNode)k)]),
        };
    }
}
