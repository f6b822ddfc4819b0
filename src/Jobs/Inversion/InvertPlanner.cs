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
/// <param name="Works">What made them, for the certificate.</param>
/// <param name="Prompts">Embeddings of every caption and of the negative prompt, where they are stored.</param>
public sealed record EncodedDataset(IReadOnlyList<Exemplar> Train, IReadOnlyList<ContentHash> TrainFiles, IReadOnlyList<ContentHash> HeldoutFiles, IReadOnlyList<string> HeldoutCaptions,
    IReadOnlyList<WorkRef>? Works = null, IReadOnlyList<PromptRef>? Prompts = null)
{
    private Dictionary<string, PromptRef>? _byPrompt;

    /// <summary>What a shard needs: its captions' embeddings, and the negative prompt's when it samples with guidance. None where none are stored.</summary>
    /// <param name="captions">In any order, again and again if need be.</param>
    /// <param name="sampler">How the shard samples; none when it does not.</param>
    public IReadOnlyList<PromptRef>? PromptsOf(IEnumerable<string> captions, OdeSpec? sampler)
    {
        if (Prompts is null) return null;
        _byPrompt ??= Prompts.ToDictionary(p => p.Prompt);
        return [.. captions.Concat(sampler is { Guidance: not 1 } ? [sampler.NegativePrompt] : []).Distinct().Select(prompt => _byPrompt[prompt])];
    }
}

/// <summary>
/// Where the profile wants it, the prompts are embedded first. Then every portrait of the dataset version is encoded; a few of each shard are inverted to see whether that is healthy.
/// </summary>
public sealed class InvertPlanner(IArtifactStore store) : IJobPlanner
{
    private const string Embed = "embed", Encode = "encode";
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

        if (progress.Stages.Count == 0) await store.PutAsync(CanonicalJson.ToBytes(progress.Spec), MediaTypes.Json, cancel); // certificates name it by its hash
        var prompts = spec.Profile.OffloadText ? Prompts(spec, manifest).Chunk(spec.Profile.ImagesPerShard).ToArray() : null;
        if (prompts is not null && progress.Stages.Count == 0)
            return new PlanStep.Stage(Embed, [.. prompts.Select(part => new ShardPlan(ShardKinds.Embed, DomainJson.ToNode(new EmbedInput(ContentHash.Parse(spec.Base), part, spec.Profile))))]);
        var embedded = prompts?.SelectMany((part, shard) => part.Select((prompt, i) => new PromptRef(prompt, progress.Stages[0].Results[shard].Output($"prompt-{i}").Hash))).ToArray();
        var bare = new EncodedDataset([], [], [], [], null, embedded);
        if (progress.Stages.SingleOrDefault(s => s.Name == Encode) is not { } encoded)
            return new PlanStep.Stage(Encode, [.. train.Concat(heldout).Select(part => new ShardPlan(ShardKinds.Invert, DomainJson.ToNode(new EncodeInput(
                ContentHash.Parse(spec.Base), [.. part.Select(e => new PortraitRef(e.Image.Hash, e.Caption))], spec.Sampler.Ode(spec.Sampler.Steps), HealthChecks, spec.Profile,
                bare.PromptsOf(part.Take(HealthChecks).Select(e => e.Caption), null)))))]);

        var results = encoded.Results;
        var files = results.Select(r => r.Output("portraits").Hash).ToArray();
        var exemplars = train.SelectMany((part, i) => part.Select((e, row) => new Exemplar(e.Caption, new(files[i], row))));
        var output = new EncodedDataset([.. exemplars], files[..train.Length], files[train.Length..], [.. manifest.HeldOut.Select(e => e.Caption)], [.. progress.Stages.SelectMany(s => s.Works)], embedded);
        var metrics = new Dictionary<string, double> { ["inversion/vae-psnr"] = results.Average(r => r.Values["psnr"]!.GetValue<double>()) };
        var health = results.Select(r => r.Values["inversion"]).Where(h => h is not null).ToArray();
        foreach (string name in new[] { "noiseNorm", "replayDb" })
            if (health.Length > 0) metrics["inversion/" + name] = health.Average(h => h![name]!.GetValue<double>());
        return new PlanStep.Done(DomainJson.ToNode(output), metrics, new Dictionary<string, ArtifactRef>());
    }

    /// <summary>Every caption once, and the negative prompt.</summary>
    private static IEnumerable<string> Prompts(CampaignSpec spec, DatasetManifest manifest) =>
        manifest.Train.Concat(manifest.HeldOut).Select(e => e.Caption).Append(spec.Sampler.NegativePrompt).Distinct();
}
