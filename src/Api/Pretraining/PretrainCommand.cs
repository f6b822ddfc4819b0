using System.CommandLine;
using System.Text.Json.Nodes;
using PortraitGen.Api.Cli;
using PortraitGen.Api.Demo;
using PortraitGen.Api.Hosting;
using PortraitGen.Domain.Artifacts;
using PortraitGen.Domain.Campaigns;
using PortraitGen.Domain.Curation;
using PortraitGen.Domain.Pretraining;
using PortraitGen.Gpu.Runtime;
using PortraitGen.Jobs.Campaigns;
using PortraitGen.Jobs.Curation;

namespace PortraitGen.Api.Pretraining;

/// <summary>Makes a small base model here, in one process, as a resumable chain of shards.</summary>
internal static class PretrainCommand
{
    public static Command Create()
    {
        var defaults = new PretrainSpec();
        var portraits = new Option<string?>("--portraits") { Description = "A folder of photos with captions (.txt of the same stem) to train on. Default: portraits drawn by this program.", HelpName = "DIR" };
        var vocabulary = new Option<string?>("--vocabulary") { Description = "CLIP's merges (merges.txt, or bpe_simple_vocab_16e6.txt.gz). Default: those of the shipped model.", HelpName = "FILE" };
        var output = new Option<string>("--out") { Description = "The model folder to write.", HelpName = "DIR", DefaultValueFactory = _ => "out/portrait-tiny" };
        var work = new Option<string>("--work") { Description = "Where rows and intermediate objects live. The same folder again resumes.", HelpName = "DIR", DefaultValueFactory = _ => "out/pretrain" };
        var vaeSteps = new Option<int>("--vae-steps") { Description = "Updates of the autoencoder.", DefaultValueFactory = _ => defaults.Vae.Steps };
        var steps = new Option<int>("--steps") { Description = "Updates of the transformer.", DefaultValueFactory = _ => defaults.Base.Steps };
        var batch = new Option<int>("--batch") { Description = "Latents of one update of the transformer.", DefaultValueFactory = _ => defaults.Base.Batch };
        var rate = new Option<double>("--learning-rate") { Description = "Peak learning rate of the transformer.", DefaultValueFactory = _ => defaults.Base.LearningRate };
        var from = new Option<string?>("--from") { Description = "A model folder to go on from: its autoencoder stays, its transformer and text encoders are trained on. Default: all is made anew.", HelpName = "DIR" };
        var seed = new Option<long>("--seed") { Description = "Names every random draw.", DefaultValueFactory = _ => defaults.Seed };
        vaeSteps.From(1, 1000000);
        steps.From(1, 1000000);
        batch.From(1, 1024);
        seed.From(0, 9007199254740991);
        var pretrain = new Command("pretrain", "Make a small base model: an autoencoder, then a transformer with its text encoders. Ctrl-C stops; running it again resumes.")
            { portraits, from, vocabulary, output, work, vaeSteps, steps, batch, rate, seed };
        pretrain.SetAction((parsed, cancel) => LocalServer.ResumableAsync(() => RunAsync(
            defaults with
            {
                Seed = parsed.GetValue(seed),
                Vae = defaults.Vae with { Steps = parsed.GetValue(vaeSteps) },
                Base = defaults.Base with { Steps = parsed.GetValue(steps), Batch = parsed.GetValue(batch), LearningRate = parsed.GetValue(rate) },
                Profile = new() { InstructionSet = HostProfile.InstructionSet, Libtorch = HostProfile.LibtorchVersion },
            },
            parsed.GetValue(portraits), parsed.GetValue(from), parsed.GetValue(vocabulary), parsed.GetValue(output)!, parsed.GetValue(work)!, cancel), cancel));
        return pretrain;
    }

    private static async Task<int> RunAsync(PretrainSpec spec, string? portraits, string? from, string? vocabulary, string output, string work, CancellationToken cancel)
    {
        if (portraits is not null && !Directory.Exists(portraits)) throw new CommandException(ExitCodes.BadInput, $"There is no folder '{portraits}': --portraits wants one that holds photos.");
        if (from is not null && !File.Exists(Path.Combine(from, "model_index.json"))) throw new CommandException(ExitCodes.BadInput, $"'{from}' holds no model_index.json: --from wants a model folder in the diffusers layout.");
        string merges = vocabulary ?? ServeSettings.ModelRoots().Select(r => Path.Combine(r, "portrait-tiny", "tokenizer", "merges.txt")).FirstOrDefault(File.Exists)
            ?? throw new CommandException(ExitCodes.BadInput, "There is no shipped model to take a vocabulary from: give one with --vocabulary.");
        if (!File.Exists(merges)) throw new CommandException(ExitCodes.BadInput, $"There is no file '{merges}': --vocabulary wants CLIP's merges.");
        var clock = TimeProvider.System;
        await using var server = await LocalServer.StartAsync(work, ServeSettings.ModelRoots(), clock, cancel);
        var app = server.App;
        var store = app.Services.GetRequiredService<IArtifactStore>();
        using var view = DemoView.Create(quiet: false);
        view.Say($"Dashboard: {app.Urls.First()}   Work: {Path.GetFullPath(work)}");

        spec = spec with { Vocabulary = (await store.PutAsync(await File.ReadAllBytesAsync(merges, cancel), MediaTypes.Binary, cancel)).Hash };
        if (from is not null) spec = spec with { From = (await ModelFolders.PublishAsync(from, store, cancel)).Hash };
        if (portraits is not null) spec = spec with { Dataset = await CurateAsync(app.Services, portraits, spec.Size, view, clock, cancel) };

        var id = await LocalCampaign.SubmitAsync(app.Services, "pretraining", spec.Name, DomainJson.ToNode(spec), cancel);
        await view.FollowAsync(app.Services, id, clock, cancel);
        await using var scope = app.Services.CreateAsyncScope();
        var queries = scope.ServiceProvider.GetRequiredService<CampaignQueries>();
        foreach (var file in (await queries.ArtifactsAsync(id, cancel)).Where(a => a.Name.StartsWith("model/", StringComparison.Ordinal) && a.Name != "model/manifest"))
        {
            string path = Path.Combine(output, file.Name["model/".Length..]);
            Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
            await File.WriteAllBytesAsync(path, await store.GetAsync(file.Hash, cancel), cancel);
        }
        foreach (var metric in await queries.MetricsAsync(id, null, cancel)) view.Say($"{metric.Series}: {metric.Value:F2}");
        view.Say($"Model written to {Path.GetFullPath(output)}");
        return ExitCodes.Ok;
    }

    private static async Task<ContentHash> CurateAsync(IServiceProvider services, string folder, int size, DemoView view, TimeProvider clock, CancellationToken cancel)
    {
        var (rights, _) = Rights.Of("as held by who runs this", "as obtained by who runs this", Path.GetFileName(Path.TrimEndingDirectorySeparator(folder)));
        var curation = await FolderUpload.ReadAsync(folder, "pretrain", rights!, services.GetRequiredService<IArtifactStore>(), new UploadLimits(), cancel);
        LocalCampaign.CheckPhotos(folder, curation);
        curation["size"] = size;
        var id = await LocalCampaign.SubmitAsync(services, "curation", "portraits to pretrain on", curation, cancel);
        await view.FollowAsync(services, id, clock, cancel);
        var output = await LocalCampaign.OutputAsync(services, id, JobKinds.Snapshot, cancel);
        view.Say(LocalCampaign.Verdict(output));
        return ContentHash.Parse(output["dataset"]!["hash"]!.GetValue<string>());
    }
}
