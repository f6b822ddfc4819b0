using System.Text.Json.Nodes;
using PortraitGen.Domain.Artifacts;
using PortraitGen.Domain.Campaigns;
using PortraitGen.Domain.Curation;
using PortraitGen.Gpu.Curation;
using PortraitGen.Gpu.Runtime;
using PortraitGen.Jobs.Curation;
using PortraitGen.Jobs.Planning;

namespace PortraitGen.Gpu.Tests.Curation;

/// <summary>A whole curation in this process: the plan's jobs in order, each shard through the real handler.</summary>
internal static class CurationRun
{
    public static readonly Rights Rights = Rights.Of("CC0-1.0", "drawn: shows nobody", "this test").Rights!;

    /// <summary>The snapshot's last step: <see cref="PlanStep.Done"/>, or the first failure.</summary>
    public static async Task<PlanStep> RunAsync(JsonObject spec, IArtifactStore store, CancellationToken cancel)
    {
        var planners = new IJobPlanner[] { new IngestPlanner(), new CuratePlanner(), new SnapshotPlanner(store) }.ToDictionary(p => p.Kind);
        var outputs = new Dictionary<string, JsonObject>();
        PlanStep last = new PlanStep.Failed(FailureClasses.UserError, "The plan has no jobs.");
        foreach (var job in new CurationPlan().Jobs(spec))
        {
            var stages = new List<FinishedStage>();
            while ((last = await planners[job.Kind].NextAsync(new JobProgress(spec, job.Parameters, stages, outputs), cancel)) is PlanStep.Stage stage)
                stages.Add(new(stage.Name, [.. stage.Shards.Select(s => RoundTrip(new CurateHandler().Run(new ShardRun(s.Input, store, (_, _) => { }, cancel), cancel)))]));
            if (last is not PlanStep.Done done) return last;
            outputs[job.Name] = (JsonObject)done.Output.DeepClone();
        }
        return last;
    }

    public static async Task<PlanStep.Done> FolderAsync(string folder, IArtifactStore store, CancellationToken cancel, Action<JsonObject>? change = null)
    {
        var spec = await FolderUpload.ReadAsync(folder, null, Rights, store, new UploadLimits(), cancel);
        change?.Invoke(spec);
        var last = await RunAsync(spec, store, cancel);
        return last as PlanStep.Done ?? throw new Xunit.Sdk.XunitException($"Not done: {last}");
    }

    /// <summary>What the claims about any folder of photos are, drawn or real: nothing is lost, images are baked right, and the same again is the same version.</summary>
    public static async Task AssertHoldsAsync(string folder, int size, CancellationToken cancel)
    {
        var store = new MemoryStore();
        var done = await FolderAsync(folder, store, cancel, s => s["size"] = size);
        int files = Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Count(f => !Path.GetRelativePath(folder, f).Split('/', '\\').Any(p => p.StartsWith('.')));
        var manifest = DatasetManifest.Parse(await store.GetAsync(done.Artifacts["dataset.json"].Hash, cancel));
        var rejected = done.Output["rejected"]!.AsArray();
        int sidecars = Directory.EnumerateFiles(folder, "*.txt", SearchOption.AllDirectories).Count() - rejected.Count(r => r!["name"]!.GetValue<string>().EndsWith(".txt", StringComparison.Ordinal));
        Assert.Equal(files, manifest.Entries.Count + rejected.Count + sidecars);
        Assert.All(rejected, r => Assert.False(string.IsNullOrWhiteSpace(r!["reason"]!.GetValue<string>())));
        if (manifest.Entries.Count >= HeldOutSplit.MinPhotos) Assert.NotEmpty(manifest.HeldOut);
        Assert.NotEmpty(manifest.Train);
        foreach (var entry in manifest.Entries)
        {
            var image = Assert.IsType<Gpu.Imaging.DecodeOutcome.Photo>(Gpu.Imaging.PhotoDecoder.Decode(await store.GetAsync(entry.Image.Hash, cancel), Gpu.Imaging.DecodeLimits.Default)).Image;
            Assert.Equal((size, size), (image.Width, image.Height));
            string full = System.Text.Encoding.Latin1.GetString(await store.GetAsync(entry.Full.Hash, cancel));
            foreach (var chunk in new[] { "eXIf", "tEXt", "iTXt", "zTXt", "tIME", "iCCP" }) Assert.DoesNotContain(chunk, full[..Math.Min(full.Length, 200)]);
        }

        var again = await FolderAsync(folder, new MemoryStore(), cancel, s =>
        {
            s["size"] = size;
            s["photos"] = new JsonArray([.. s["photos"]!.AsArray().Reverse().Select(p => p!.DeepClone())]);
        });
        Assert.Equal(done.Output["dataset"]!["hash"]!.GetValue<string>(), again.Output["dataset"]!["hash"]!.GetValue<string>());
    }

    /// <summary>What a handler gave, as a planner later reads it back from the store.</summary>
    private static ShardResult RoundTrip(ShardResult result) => ShardResult.Parse(result.ToBytes());
}
