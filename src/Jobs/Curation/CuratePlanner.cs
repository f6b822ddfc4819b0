using System.Text.Json.Nodes;
using PortraitGen.Domain.Campaigns;
using PortraitGen.Domain.Curation;
using PortraitGen.Jobs.Planning;

namespace PortraitGen.Jobs.Curation;

/// <summary>Fans the photos of a batch out to workers that decode, judge and bake them.</summary>
/// <remarks>Output: <c>photos</c> [{name, caption, upload, pixels, image, full}] of what was accepted, <c>rejected</c> [{name, code, reason}]; both sorted by name.</remarks>
public sealed class CuratePlanner : IJobPlanner
{
    /// <summary>Photos per shard: at 50 megapixels and about 2 s each still well within the 5 minutes a shard should take.</summary>
    public const int ShardSize = 64;

    public string Kind => JobKinds.Curate;

    public Task<PlanStep> NextAsync(JobProgress progress, CancellationToken cancel)
    {
        var (spec, faults) = CurationSpecReader.Read(progress.Spec);
        if (spec is null) return Task.FromResult<PlanStep>(new PlanStep.Failed(FailureClasses.UserError, string.Join(" ", faults)));
        var photos = progress.Outputs[JobKinds.Ingest]["photos"]!.AsArray();
        return Task.FromResult<PlanStep>(progress.Stages.Count == 0
            ? new PlanStep.Stage("curate", [.. photos.Chunk(ShardSize).Select(chunk => Shard(chunk, spec))])
            : Collect(photos, progress.Stages[0].Results));
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
