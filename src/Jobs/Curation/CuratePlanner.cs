using System.Text.Json.Nodes;
using PortraitGen.Domain.Campaigns;
using PortraitGen.Domain.Curation;
using PortraitGen.Jobs.Planning;

namespace PortraitGen.Jobs.Curation;

/// <summary>Fans the photos of a batch out to workers that decode, judge and bake them.</summary>
/// <remarks>Output: <c>photos</c> [{name, caption, upload, pixels, image, full}] of what was accepted, <c>rejected</c> [{name, code, reason}]; both sorted by name.</remarks>
public sealed class CuratePlanner : IJobPlanner
{
    /// <summary>Most photos in a shard.</summary>
    public const int ShardSize = 64;

    /// <summary>Most bytes in a shard (unless one photo alone has more).</summary>
    /// <remarks>A 48-megapixel JPEG of 13 MB takes about 9 s in a debug build on a busy core: 19 of them stay within the 5 minutes a shard should take.</remarks>
    public const long ShardBytes = 256L << 20;

    public string Kind => JobKinds.Curate;

    public Task<PlanStep> NextAsync(JobProgress progress, CancellationToken cancel)
    {
        var (spec, faults) = CurationSpecReader.Read(progress.Spec);
        if (spec is null) return Task.FromResult<PlanStep>(new PlanStep.Failed(FailureClasses.UserError, string.Join(" ", faults)));
        var photos = progress.Outputs[JobKinds.Ingest]["photos"]!.AsArray();
        return Task.FromResult<PlanStep>(progress.Stages.Count == 0
            ? new PlanStep.Stage("curate", [.. Split(photos).Select(slice => Shard(slice, spec))])
            : Collect(photos, progress.Stages[0].Results));
    }

    /// <summary>Cuts the list, in order, where a shard would grow too long. Depends on the photos alone.</summary>
    private static IEnumerable<IReadOnlyList<JsonNode?>> Split(JsonArray photos)
    {
        var slice = new List<JsonNode?>();
        long bytes = 0;
        foreach (var photo in photos)
        {
            long length = photo!["length"]!.GetValue<long>();
            if (slice.Count == ShardSize || (slice.Count > 0 && bytes + length > ShardBytes))
            {
                yield return slice;
                (slice, bytes) = ([], 0);
            }
            slice.Add(photo);
            bytes += length;
        }
        if (slice.Count > 0) yield return slice;
    }

    private static ShardPlan Shard(IEnumerable<JsonNode?> photos, CurationSpec spec) => new(ShardKinds.Curate, new JsonObject
    {
        ["photos"] = new JsonArray([.. photos.Select(p => new JsonObject
        {
            ["name"] = p!["name"]!.DeepClone(),
            ["hash"] = p["hash"]!.DeepClone(),
            ["length"] = p["length"]!.DeepClone(),
            ["type"] = p["type"]!.DeepClone(),
        })]),
        ["rules"] = CurationRulesJson.ToJson(spec.Rules),
        ["size"] = spec.Size,
    });

    private static PlanStep.Done Collect(JsonArray photos, IReadOnlyList<ShardResult> results)
    {
        var captions = photos.ToDictionary(p => p!["name"]!.GetValue<string>(), p => p!["caption"]!.GetValue<string>());
        var accepted = new JsonArray();
        var rejected = new List<RejectedPhoto>();
        foreach (var result in results)
        {
            var verdicts = result.Values["photos"]!.AsArray();
            for (int i = 0; i < verdicts.Count; i++)
            {
                var verdict = verdicts[i]!;
                if (verdict["code"] is not null) { rejected.Add(RejectedPhoto.FromJson(verdict)); continue; }
                string name = verdict["name"]!.GetValue<string>();
                accepted.Add((JsonNode)new JsonObject
                {
                    ["name"] = name,
                    ["caption"] = captions[name],
                    ["upload"] = verdict["upload"]!.DeepClone(),
                    ["pixels"] = verdict["pixels"]!.DeepClone(),
                    ["image"] = result.Output($"{i}/image").ToJson(),
                    ["full"] = result.Output($"{i}/full").ToJson(),
                });
            }
        }
        return new PlanStep.Done(new JsonObject { ["photos"] = accepted, ["rejected"] = RejectedList.ToJson(rejected) });
    }
}
