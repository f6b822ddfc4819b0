using System.Text.Json.Nodes;
using PortraitGen.Domain.Artifacts;
using PortraitGen.Domain.Campaigns;
using PortraitGen.Domain.Curation;
using PortraitGen.Domain.Inversion;
using PortraitGen.Domain.Pretraining;
using PortraitGen.Jobs.Planning;

namespace PortraitGen.Jobs.Pretraining;

/// <summary>The stages of pretraining: portraits; the autoencoder's chain; latents; the transformer's chain; the package.</summary>
public sealed class PretrainPlanner(IArtifactStore store) : IJobPlanner
{
    private const int PortraitsPerShard = 200;
    private const string Images = "portraits", Latents = "latents", Package = "package", Vae = "vae-", Base = "base-";

    public string Kind => JobKinds.Pretrain;

    public async Task<PlanStep> NextAsync(JobProgress progress, CancellationToken cancel)
    {
        var spec = DomainJson.Read<PretrainSpec>(progress.Spec);
        var names = Names(spec).ToArray();
        if (progress.Stages.Count == names.Length) return Done(progress);
        string name = names[progress.Stages.Count];
        return new PlanStep.Stage(name, await ShardsAsync(name, spec, progress, cancel));
    }

    private static IEnumerable<string> Names(PretrainSpec spec) =>
    [
        Images,
        .. Links(spec.From is null ? spec.Vae.Steps : 0, spec).Select(from => Vae + from),
        Latents,
        .. Links(spec.Base.Steps, spec).Select(from => Base + from),
        Package,
    ];

    private static IEnumerable<int> Links(int steps, PretrainSpec spec) => Enumerable.Range(0, (steps + spec.StepsPerShard - 1) / spec.StepsPerShard).Select(i => i * spec.StepsPerShard);

    private async Task<List<ShardPlan>> ShardsAsync(string name, PretrainSpec spec, JobProgress progress, CancellationToken cancel)
    {
        IReadOnlyList<ShardResult> Of(string stage) => progress.Stages.Single(s => s.Name == stage).Results;
        ContentHash[] Hashes(IEnumerable<ShardResult> results, string output) => [.. results.Select(r => r.Output(output).Hash)];
        ContentHash? Last(string prefix) => progress.Stages.LastOrDefault(s => s.Name.StartsWith(prefix, StringComparison.Ordinal))?.Results[0].Output("state").Hash;
        var images = progress.Stages.Count > 0 ? Of(Images) : [];
        // Of drawn portraits, the shards for the autoencoder come first; curated ones serve both.
        int forVae = spec.Dataset is null && spec.From is null ? (spec.Drawn.ForVae + PortraitsPerShard - 1) / PortraitsPerShard : 0;

        BaseInput BaseLink(int from) => new(PretrainTask.Base, spec.Vae, spec.Base, spec.Size, (ulong)spec.Seed, spec.Vocabulary, Last(Vae), spec.From, Last(Base), from,
            Math.Min(spec.Base.Steps, from + spec.StepsPerShard), Hashes(Of(Latents), "latents"), Hashes(images.Skip(forVae), "captions"), spec.Profile);

        if (name == Images) return [.. (await PortraitsAsync(spec, cancel)).Select(i => new ShardPlan(ShardKinds.Pretrain, i))];
        if (name == Latents)
            return [.. images.Skip(forVae).Select(r => Plan(new EncodeLatentsInput(PretrainTask.Encode, spec.Vae, spec.Size, (ulong)spec.Seed, Last(Vae), spec.From, r.Output("images").Hash, spec.Profile)))];
        if (name == Package) return [Plan(new PackageInput(BaseLink(spec.Base.Steps) with { Task = PretrainTask.Package }, spec.Drawn.FirstForVae - 1000))];
        if (name.StartsWith(Base, StringComparison.Ordinal)) return [Plan(BaseLink(int.Parse(name[Base.Length..])))];
        int at = int.Parse(name[Vae.Length..]);
        return [Plan(new VaeInput(PretrainTask.Vae, spec.Vae, spec.Size, (ulong)spec.Seed, Last(Vae), at, Math.Min(spec.Vae.Steps, at + spec.StepsPerShard),
            Hashes(spec.Dataset is null ? images.Take(forVae) : images, "images"), spec.Profile))];
    }

    private async Task<List<JsonObject>> PortraitsAsync(PretrainSpec spec, CancellationToken cancel)
    {
        if (spec.Dataset is { } dataset)
            return [.. DatasetManifest.Parse(await store.GetAsync(dataset, cancel)).Train.Chunk(PortraitsPerShard)
                .Select(part => DomainJson.ToNode(new LoadInput(PretrainTask.Load, [.. part.Select(e => new PortraitRef(e.Image.Hash, e.Caption))], spec.Size)))];
        IEnumerable<JsonObject> Draw(long first, int count, params string[] looks) => Enumerable.Range(0, (count + PortraitsPerShard - 1) / PortraitsPerShard)
            .Select(i => DomainJson.ToNode(new DrawInput(PretrainTask.Draw, first + i * PortraitsPerShard, Math.Min(PortraitsPerShard, count - i * PortraitsPerShard), looks, spec.Size)));
        var forVae = spec.From is null ? Draw(spec.Drawn.FirstForVae, spec.Drawn.ForVae, "captured", "ai") : [];
        return [.. forVae, .. Draw(spec.Drawn.FirstForBase, spec.Drawn.ForBase, "ai")];
    }

    private static ShardPlan Plan<T>(T input) where T : class => new(ShardKinds.Pretrain, DomainJson.ToNode(input));

    private static PlanStep.Done Done(JobProgress progress)
    {
        var package = progress.Stages[^1].Results[0];
        var metrics = package.Values.Where(v => v.Key != "files").ToDictionary(v => $"pretrain/{v.Key}", v => v.Value!.GetValue<double>());
        return new(new JsonObject { ["model"] = package.Output("manifest").Hash.Hex }, metrics, package.Outputs.ToDictionary(o => $"model/{o.Key}", o => o.Value));
    }
}
