using System.Text.Json.Nodes;
using PortraitGen.Api.Campaigns;
using PortraitGen.Api.Cli;
using PortraitGen.Domain.Artifacts;
using PortraitGen.Domain.Campaigns;
using PortraitGen.Domain.Curation;
using PortraitGen.Jobs.Curation;

namespace PortraitGen.Api.Demo;

/// <summary>The embedded system with its portraits curated: where the demo's campaigns run.</summary>
internal sealed class DemoSystem : IAsyncDisposable
{
    private readonly LocalServer _server;

    private DemoSystem(LocalServer server, JsonObject curation, ContentHash dataset, int train) => (_server, Curation, Dataset, Train) = (server, curation, dataset, train);

    /// <summary>What the curation of the portraits came to.</summary>
    public JsonObject Curation { get; }

    /// <summary>The dataset version of the portraits.</summary>
    public ContentHash Dataset { get; }

    /// <summary>How many of them are for training.</summary>
    public int Train { get; }

    public IServiceProvider Services => _server.App.Services;

    public IArtifactStore Store => Services.GetRequiredService<IArtifactStore>();

    /// <summary>Starts the system in the output folder, draws portraits unless a folder of photos is given, and curates them.</summary>
    public static async Task<DemoSystem> StartAsync(DemoOptions options, DemoView view, TimeProvider clock, CancellationToken cancel)
    {
        Directory.CreateDirectory(options.Out);
        var server = await LocalServer.StartAsync(Path.Combine(options.Out, "data"), options.Models, clock, cancel);
        var app = server.App;
        try
        {
            view.Say($"Dashboard: {app.Urls.First()}   Output: {Path.GetFullPath(options.Out)}");

            string folder = options.Portraits ?? Path.Combine(options.Out, "portraits");
            if (options.Portraits is null) view.Measure("draw portraits", tell => DemoPortraits.Draw(folder, DemoOptions.Drawn, n => tell((double)n / DemoOptions.Drawn), cancel));
            var curation = await CurateAsync(app.Services, options, folder, view, clock, cancel);
            view.Say(LocalCampaign.Verdict(curation));
            var dataset = ContentHash.Parse(curation["dataset"]!["hash"]!.GetValue<string>());
            var manifest = DatasetManifest.Parse(await app.Services.GetRequiredService<IArtifactStore>().GetAsync(dataset, cancel));
            return new(server, curation, dataset, manifest.Train.Count());
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>The same specification on the same folder is the same campaign.</summary>
    /// <param name="name">For people, on the dashboard.</param>
    public async Task<CampaignId> TrainAsync(string name, CampaignSpec spec, CancellationToken cancel)
    {
        await using var scope = Services.CreateAsyncScope();
        var resolution = await scope.ServiceProvider.GetRequiredService<ResolveSpec>().RunAsync(DomainJson.ToNode(spec), cancel);
        if (resolution.Spec is null) throw new CommandException(ExitCodes.BadInput, string.Join("\n", resolution.Errors.Select(e => $"{e.Path}: {e.Message} Allowed: {e.Allowed}")));
        return await LocalCampaign.SubmitAsync(Services, "training", name, DomainJson.ToNode(resolution.Spec), cancel);
    }

    /// <summary>With <paramref name="keep"/> the dashboard stays until Ctrl-C.</summary>
    public async Task EndAsync(bool keep, CancellationToken cancel)
    {
        if (!keep) return;
        CommandLine.Say($"the dashboard stays at {_server.App.Urls.First()} until Ctrl-C");
        await Task.Delay(Timeout.InfiniteTimeSpan, cancel).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    private static async Task<JsonObject> CurateAsync(IServiceProvider services, DemoOptions options, string folder, DemoView view, TimeProvider clock, CancellationToken cancel)
    {
        var (rights, _) = options.Portraits is null
            ? Rights.Of("Apache-2.0", "drawn by this program: nobody is shown", "drawn portraits")
            : Rights.Of("as held by who runs the demo", "as obtained by who runs the demo", Path.GetFileName(Path.TrimEndingDirectorySeparator(folder)));
        var spec = await FolderUpload.ReadAsync(folder, "demo", rights!, services.GetRequiredService<IArtifactStore>(), new UploadLimits(), cancel);
        spec["size"] = 64;
        spec["heldOut"] = options.Portraits is null ? DemoOptions.HeldOut : CurationSpec.DefaultHeldOut;
        LocalCampaign.CheckPhotos(folder, spec);
        var id = await LocalCampaign.SubmitAsync(services, "curation", "demo portraits", spec, cancel);
        await view.FollowAsync(services, id, clock, cancel);
        return await LocalCampaign.OutputAsync(services, id, JobKinds.Snapshot, cancel);
    }
}
