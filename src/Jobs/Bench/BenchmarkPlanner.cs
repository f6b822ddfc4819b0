using System.Text.Json.Nodes;
using PortraitGen.Domain.Artifacts;
using PortraitGen.Domain.Bench;
using PortraitGen.Domain.Campaigns;
using PortraitGen.Jobs.Campaigns;
using PortraitGen.Jobs.Grpo;
using PortraitGen.Jobs.Inversion;
using PortraitGen.Jobs.Planning;
using PortraitGen.Jobs.Rewards;

namespace PortraitGen.Jobs.Bench;

/// <summary>Two stages: fresh images for held-out captions, the same noise before and after; then their distance to held-out portraits.</summary>
/// <remarks>Rewards are those the campaign started with: a refreshed one would move the goal posts.</remarks>
public sealed class BenchmarkPlanner : IJobPlanner
{
    public string Kind => JobKinds.Benchmark;

    public Task<PlanStep> NextAsync(JobProgress progress, CancellationToken cancel) => Task.FromResult(Next(progress));

    private static PlanStep Next(JobProgress progress)
    {
        var spec = DomainJson.Read<CampaignSpec>(progress.Spec);
        var dataset = DomainJson.Read<EncodedDataset>(progress.Outputs[JobKinds.Invert]);
        int epoch = progress.Parameters["epoch"]!.GetValue<int>();
        return progress.Stages.Count switch
        {
            0 => Sample(spec, progress, dataset, epoch),
            1 => new PlanStep.Stage("measure", [new(ShardKinds.Benchmark, DomainJson.ToNode(new MeasureInput(
                [.. Sampled(progress, spec).Select(r => r.Output("images").Hash)], dataset.HeldoutFiles, spec.Profile)))]),
            _ => Finish(progress, spec, dataset, epoch),
        };
    }

    private static PlanStep.Stage Sample(CampaignSpec spec, JobProgress progress, EncodedDataset dataset, int epoch)
    {
        var rewards = DomainJson.Read<TrainedRewards>(progress.Outputs[JobKinds.TrainReward]).Rewards;
        ContentHash? average = epoch == 0 ? null : DomainJson.Read<EpochOutput>(progress.Outputs[TrainingPlan.EpochName(epoch)]).Average;
        var shards = new List<ShardPlan>();
        for (int first = 0; first < spec.Benchmark.Images; first += spec.Profile.ImagesPerShard)
        {
            int count = Math.Min(spec.Profile.ImagesPerShard, spec.Benchmark.Images - first);
            var captions = Enumerable.Range(first, count).Select(i => dataset.HeldoutCaptions[i % dataset.HeldoutCaptions.Count]).ToArray();
            var sampler = spec.Sampler.Ode(spec.Benchmark.Steps);
            shards.Add(new(ShardKinds.Benchmark, DomainJson.ToNode(new SampleInput(ContentHash.Parse(spec.Base), average, spec.Lora, captions, "benchmark", first,
                (ulong)spec.Seed, sampler, rewards, AsPng: false, spec.Profile, dataset.PromptsOf(captions, sampler)))));
        }
        if (epoch == 0 && spec.Benchmark.Previews > 0) shards.Add(Previews.Shard(spec, dataset, null, rewards));
        return new("sample", shards);
    }

    /// <summary>The benchmark's own shards: the preview of epoch 0, when there is one, is the last and no part of the measures.</summary>
    private static IEnumerable<ShardResult> Sampled(JobProgress progress, CampaignSpec spec) =>
        progress.Stages[0].Results.Take((spec.Benchmark.Images + spec.Profile.ImagesPerShard - 1) / spec.Profile.ImagesPerShard);

    private static PlanStep.Done Finish(JobProgress progress, CampaignSpec spec, EncodedDataset dataset, int epoch)
    {
        var measures = progress.Stages[1].Results[0].Values;
        var metrics = new Dictionary<string, double>();
        foreach (var (reference, values) in measures)
            foreach (var (name, value) in (JsonObject)values!) metrics[$"heldout/{reference}/{name}"] = value!.GetValue<double>();
        foreach (string name in TrainRewardPlanner.Names)
            metrics[$"benchmark/{name}"] = Sampled(progress, spec).SelectMany(r => r.Values["scores"]![name]!.AsArray()).Average(s => s!.GetValue<double>());
        var output = new JsonObject
        {
            ["metrics"] = DomainJson.ToNode(metrics),
            ["images"] = new JsonArray([.. Sampled(progress, spec).Select(r => (JsonNode)r.Output("images").ToJson())]),
            ["prompts"] = new JsonArray([.. Previews.Captions(spec, dataset).Select(c => (JsonNode)c)]),
        };
        if (epoch > 0 || spec.Benchmark.Previews == 0) return new(output, metrics, new Dictionary<string, ArtifactRef>());
        foreach (var (name, score) in Previews.Scores(progress.Stages[0].Results[^1])) metrics[name] = score;
        return new(output, metrics, Previews.Artifacts(0, progress.Stages[0].Results[^1]));
    }
}
