using System.Text.Json;
using System.Text.Json.Nodes;
using PortraitGen.Api.Campaigns;
using PortraitGen.Api.Cli;
using PortraitGen.Api.Hosting;
using PortraitGen.Domain.Artifacts;
using PortraitGen.Domain.Campaigns;
using PortraitGen.Domain.Curation;
using PortraitGen.Jobs.Campaigns;
using PortraitGen.Jobs.Curation;
using PortraitGen.Jobs.Hosting;

namespace PortraitGen.Api.Demo;

/// <summary>The whole pipeline in this process: curates portraits, trains on them, measures, and writes what a person wants to see.</summary>
internal sealed class DemoRun(DemoOptions options, TimeProvider clock)
{
    private static readonly JsonSerializerOptions Indented = new(DomainJson.Options) { WriteIndented = true };

    public async Task<int> RunAsync(CancellationToken cancel)
    {
        long began = clock.GetTimestamp();
        Directory.CreateDirectory(options.Out);
        using var view = DemoView.Create(options.Json);
        await using var app = ApiHost.Build(new ServeSettings
        {
            Jobs = new JobsOptions { DataFolder = Path.Combine(options.Out, "data") },
            Listen = "http://127.0.0.1:0",
            Workers = Environment.ProcessorCount,
            Models = ServeSettings.ModelRoots(),
        }, services => services.AddSingleton(clock));
        await app.StartAsync(cancel);
        view.Say($"Dashboard: {app.Urls.First()}   Output: {Path.GetFullPath(options.Out)}");

        string folder = options.Portraits ?? Path.Combine(options.Out, "portraits");
        if (options.Portraits is null) view.Measure("draw portraits", tell => DemoPortraits.Draw(folder, DemoOptions.Drawn, n => tell((double)n / DemoOptions.Drawn), cancel));
        var curation = await CurateAsync(app.Services, folder, view, cancel);
        var dataset = ContentHash.Parse(curation["dataset"]!["hash"]!.GetValue<string>());
        view.Say(Rejections(curation));
        var campaign = await TrainAsync(app.Services, dataset, view, cancel);

        var outcome = await DemoOutcome.ReadAsync(app.Services, campaign, cancel);
        await new DemoPictures(outcome, app.Services.GetRequiredService<IArtifactStore>(), options.Out).WriteAsync(cancel);
        var report = DemoReport.Of(outcome, options, clock.GetElapsedTime(began));
        await File.WriteAllTextAsync(Path.Combine(options.Out, "report.json"), report.ToJsonString(Indented), cancel);
        view.Finish();
        if (options.Json) Console.Out.WriteLine(report.ToJsonString(Indented));
        else DemoSummary.Print(report, options.Out);
        if (options.Keep)
        {
            CommandLine.Say($"the dashboard stays at {app.Urls.First()} until Ctrl-C");
            await app.WaitForShutdownAsync(cancel);
        }
        await app.StopAsync(CancellationToken.None);
        return ExitCodes.Ok;
    }

    private async Task<JsonObject> CurateAsync(IServiceProvider services, string folder, DemoView view, CancellationToken cancel)
    {
        var (rights, _) = options.Portraits is null
            ? Rights.Of("Apache-2.0", "drawn by this program: nobody is shown", "drawn portraits")
            : Rights.Of("as held by who runs the demo", "as obtained by who runs the demo", Path.GetFileName(Path.TrimEndingDirectorySeparator(folder)));
        var spec = await FolderUpload.ReadAsync(folder, "demo", rights!, services.GetRequiredService<IArtifactStore>(), new UploadLimits(), cancel);
        spec["size"] = 64;
        spec["heldOut"] = options.Portraits is null ? DemoOptions.HeldOut : CurationSpec.DefaultHeldOut;
        if (spec["photos"]!.AsArray().Count == 0) throw new CommandException(ExitCodes.BadInput, $"The folder '{folder}' holds no photo (JPEG, PNG or WebP).");
        var id = await LocalCampaign.SubmitAsync(services, "curation", "demo portraits", spec, cancel);
        await view.FollowAsync(services, id, clock, cancel);
        return await LocalCampaign.OutputAsync(services, id, JobKinds.Snapshot, cancel);
    }

    private async Task<CampaignId> TrainAsync(IServiceProvider services, ContentHash dataset, DemoView view, CancellationToken cancel)
    {
        await using var scope = services.CreateAsyncScope();
        var resolution = await scope.ServiceProvider.GetRequiredService<ResolveSpec>().RunAsync(DomainJson.ToNode(options.Spec(dataset)), cancel);
        if (resolution.Spec is null) throw new CommandException(ExitCodes.BadInput, string.Join("\n", resolution.Errors.Select(e => $"{e.Path}: {e.Message} Allowed: {e.Allowed}")));
        var id = await LocalCampaign.SubmitAsync(services, "training", "demo", DomainJson.ToNode(resolution.Spec), cancel);
        await view.FollowAsync(services, id, clock, cancel);
        return id;
    }

    private static string Rejections(JsonObject curation)
    {
        var rejected = curation["rejected"]!.AsArray();
        string head = $"Dataset version {curation["dataset"]!["hash"]!.GetValue<string>()[..12]}: {curation["dataset"]!["count"]} portraits";
        return rejected.Count == 0 ? head : $"{head}; {rejected.Count} photos rejected: {string.Join("; ", rejected.Take(5).Select(r => $"{r!["name"]} ({r["reason"]})"))}{(rejected.Count > 5 ? " ..." : "")}";
    }
}
