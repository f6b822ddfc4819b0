using System.Text.Json.Nodes;
using PortraitGen.Domain.Artifacts;
using PortraitGen.Domain.Campaigns;
using PortraitGen.Domain.Curation;
using PortraitGen.Jobs.Planning;

namespace PortraitGen.Jobs.Curation;

/// <summary>Freezes the accepted photos of a batch as a dataset version.</summary>
/// <remarks>Needs no worker. Output: <c>dataset</c> {name, hash, count, heldOut}, <c>rejected</c> [{name, code, reason}] of all three jobs.
/// Artifact: <c>dataset.json</c>, the manifest.</remarks>
public sealed class SnapshotPlanner(IArtifactStore store) : IJobPlanner
{
    public string Kind => JobKinds.Snapshot;

    public async Task<PlanStep> NextAsync(JobProgress progress, CancellationToken cancel)
    {
        var (spec, faults) = CurationSpecReader.Read(progress.Spec);
        if (spec is null) return new PlanStep.Failed(FailureClasses.UserError, string.Join(" ", faults));
        var curated = progress.Outputs[JobKinds.Curate];
        var photos = curated["photos"]!.AsArray().Select(p => CuratedPhoto.FromJson(p!)).ToList();
        var repeats = Duplicates.Find(photos.Select(p => (p.Name, p.Pixels)));
        var rejected = RejectedList.Parse(progress.Outputs[JobKinds.Ingest]["rejected"]).Concat(RejectedList.Parse(curated["rejected"])).Concat(
            repeats.Select(r => new RejectedPhoto(r.Key, RejectionCodes.DuplicateOf, $"The picture is, pixel by pixel, the same as {r.Value}."))).ToList();

        var kept = photos.Where(p => !repeats.ContainsKey(p.Name)).ToList();
        if (kept.Count == 0)
            return new PlanStep.Failed(FailureClasses.UserError, $"No photo of the batch was accepted, so there is no dataset version: {Summary(rejected)}.");

        var manifest = Freeze(kept, spec);
        var reference = await store.PutAsync(manifest.ToBytes(), MediaTypes.Json, cancel);
        var output = new JsonObject
        {
            ["dataset"] = new JsonObject { ["name"] = spec.Name, ["hash"] = reference.Hash.Hex, ["count"] = kept.Count, ["heldOut"] = manifest.HeldOut.Count() },
            ["rejected"] = RejectedList.ToJson(rejected),
        };
        return new PlanStep.Done(output,
            new Dictionary<string, double> { ["curation/accepted"] = kept.Count, ["curation/rejected"] = rejected.Count },
            new Dictionary<string, ArtifactRef> { ["dataset.json"] = reference });
    }

    private static DatasetManifest Freeze(IReadOnlyList<CuratedPhoto> photos, CurationSpec spec)
    {
        var heldOut = HeldOutSplit.Of([.. photos.Select(p => p.Pixels)], spec.HeldOut);
        return DatasetManifest.Of(spec.Size, photos.Select(p => new DatasetEntry(p.Image, p.Full, p.Pixels, p.Upload, DatasetEntry.HashOfName(p.Name),
            p.Caption, spec.Rights, heldOut.Contains(p.Pixels) ? DatasetSplits.HeldOut : DatasetSplits.Train)));
    }

    private static string Summary(List<RejectedPhoto> rejected) =>
        string.Join(", ", rejected.GroupBy(r => r.Code).OrderBy(g => g.Key, StringComparer.Ordinal).Select(g => $"{g.Count()} {g.Key}"))
        + (rejected.Count > 0 ? $"; the first is {rejected[0].Name}: {rejected[0].Reason.TrimEnd('.')}" : "");

    /// <summary>An accepted photo as <see cref="CuratePlanner"/> wrote it.</summary>
    private sealed record CuratedPhoto(string Name, string Caption, ContentHash Upload, ContentHash Pixels, ArtifactRef Image, ArtifactRef Full)
    {
        public static CuratedPhoto FromJson(JsonNode node) => new(node["name"]!.GetValue<string>(), node["caption"]!.GetValue<string>(),
            ContentHash.Parse(node["upload"]!.GetValue<string>()), ContentHash.Parse(node["pixels"]!.GetValue<string>()),
            ArtifactRef.FromJson(node["image"]), ArtifactRef.FromJson(node["full"]));
    }
}
