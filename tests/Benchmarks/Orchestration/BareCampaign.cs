using Microsoft.Extensions.DependencyInjection;
using PortraitGen.Api.Hosting;
using PortraitGen.Domain.Artifacts;
using PortraitGen.Domain.Campaigns;
using PortraitGen.Gpu.Runtime;
using PortraitGen.Gpu.Tests;
using PortraitGen.Jobs.Artifacts;
using PortraitGen.Jobs.Campaigns;
using PortraitGen.Jobs.Planning;
using TorchSharp;

namespace PortraitGen.Benchmarks.Orchestration;

/// <summary>The campaign in a plain loop: the same planners and handlers, the same store in a folder, no rows, no bus, no Hangfire.</summary>
internal static class BareCampaign
{
    public static async Task<TaxRun> RunAsync(string model, string folder, int epochs, CancellationToken cancel)
    {
        var clock = new EpochClock();
        var store = new FolderArtifactStore(Path.Combine(folder, "artifacts"));
        var spec = await TaxCampaign.PrepareAsync(model, epochs, store, cancel);
        await using var services = new ServiceCollection().AddSingleton<IArtifactStore>(store).AddPlans().AddShardHandlers(Path.Combine(folder, "models")).BuildServiceProvider();
        using var scope = services.CreateScope();
        torch.set_num_threads(1); // what the profile asks for
        IJobPlanner[] planners = [.. scope.ServiceProvider.GetServices<IJobPlanner>().Select(p => new ClockedPlanner(p, clock))];
        var loop = new EngineLoop(store, planners, [.. services.GetServices<IShardHandler>()]);
        var outputs = await loop.RunAsync(new TrainingPlan(), spec, null, cancel);
        var (cost, steady) = clock.Steady();
        return new(outputs[JobKinds.Export]["checkpoint"]!.GetValue<string>(), cost, steady);
    }
}

/// <param name="Checkpoint">The final checkpoint's hash: equal hashes are the proof of equal work.</param>
/// <param name="Cost">Of the steady epochs.</param>
/// <param name="Epochs">How many those are.</param>
internal sealed record TaxRun(string Checkpoint, Measuring.Cost Cost, int Epochs);
