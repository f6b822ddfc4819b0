using PortraitGen.Domain.Artifacts;
using PortraitGen.Domain.Campaigns;
using PortraitGen.Domain.Curation;
using PortraitGen.Domain.Grpo;
using PortraitGen.Domain.Inversion;
using PortraitGen.Jobs.Planning;

namespace PortraitGen.Jobs.Inversion;

/// <summary>A training portrait that later jobs draw on.</summary>
public sealed record Exemplar(string Caption, ExemplarRef Latent);

/// <summary>What the <c>invert</c> job leaves: the portraits as latents.</summary>
/// <param name="Train">Every training portrait.</param>
/// <param name="TrainFiles">The stored outputs that hold them.</param>
/// <param name="HeldoutFiles">Those of the held-out portraits.</param>
/// <param name="HeldoutCaptions">Their captions: prompts that no epoch used.</param>
public sealed record EncodedDataset(IReadOnlyList<Exemplar> Train, IReadOnlyList<ContentHash> TrainFiles, IReadOnlyList<ContentHash> HeldoutFiles, IReadOnlyList<string> HeldoutCaptions);

/// <summary>One stage: every portrait of the dataset version is encoded; a few of each shard are inverted to see whether that is healthy.</summary>
public sealed class InvertPlanner(IArtifactStore store) : IJobPlanner
{
    private const int HealthChecks = 2;

    public string Kind => JobKinds.Invert;

    public async Task<PlanStep> NextAsync(JobProgress progress, CancellationToken cancel)
    {
        var spec = DomainJson.Read<CampaignSpec>(progress.Spec);
        var manifest = DatasetManifest.Parse(await store.GetAsync(ContentHash.Parse(spec.Dataset), cancel));
        var train = manifest.Train.Chunk(spec.Profile.ImagesPerShard).ToArray();
        var heldout = manifest.HeldOut.Chunk(spec.Profile.ImagesPerShard).ToArray();
        if (train.Length == 0 || heldout.Length == 0)
            return new PlanStep.Failed(FailureClasses.UserError, $"Dataset version {spec.Dataset} has {manifest.Train.Count()} training and {manifest.HeldOut.Count()} held-out portraits; at least one of each is needed. Upload more photos or change the held-out share.");

        if (progress.Stages.Count == 0)
            return new PlanStep.Stage("encode", [.. train.Concat(heldout).Select(part => new ShardPlan(ShardKinds.Invert, DomainJson.ToNode(new EncodeInput(
                ContentHash.Parse(spec.Base), [.. part.Select(e => new PortraitRef(e.Image.Hash, e.Caption))], spec.Sampler, HealthChecks, spec.Profile))))]);

        var results = progress.Stages[0].Results;
        var files = results.Select(r => r.Output("portraits").Hash).ToArray();
        var exemplars = train.SelectMany((part, i) => part.Select((e, row) => new Exemplar(e.Caption, new(files[i], row))));
        var output = new EncodedDataset([.. exemplars], files[..train.Length], files[train.Length..], [.. manifest.HeldOut.Select(e => e.Caption)]);
        var metrics = new Dictionary<string, double> { ["inversion/vae-psnr"] = results.Average(r => r.Values["psnr"]!.GetValue<double>()) };
        var health = results.Select(r => r.Values["inversion"]).Where(h => h is not null).ToArray();
        foreach (string name in new[] { "noiseNorm", "replayDb" })
            if (health.Length > 0) metrics["inversion/" + name] = health.Average(h => h![name]!.GetValue<double>());
        return new PlanStep.Done(DomainJson.ToNode(output), metrics, new Dictionary<string, ArtifactRef>());
    }
}
