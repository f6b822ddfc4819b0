using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using PortraitGen.Domain.Artifacts;
using PortraitGen.Domain.Campaigns;
using PortraitGen.Jobs.Campaigns;
using PortraitGen.Jobs.Inversion;

namespace PortraitGen.Api.Demo;

/// <summary>What a training campaign came to, read from its rows.</summary>
internal sealed record DemoOutcome(
    Campaign Campaign, IReadOnlyDictionary<string, double> Before, IReadOnlyDictionary<string, double> After, IReadOnlyList<ContentHash> ImagesBefore, IReadOnlyList<ContentHash> ImagesAfter,
    EncodedDataset Dataset, IReadOnlyList<MetricPoint> Metrics, IReadOnlyDictionary<string, ContentHash> Artifacts)
{
    public static async Task<DemoOutcome> ReadAsync(IServiceProvider services, CampaignId id, CancellationToken cancel)
    {
        await using var scope = services.CreateAsyncScope();
        var queries = scope.ServiceProvider.GetRequiredService<CampaignQueries>();
        var jobs = (await queries.JobsAsync(id, cancel)).ToDictionary(j => j.Name, j => (JsonObject)JsonNode.Parse(j.Output ?? "{}")!);
        var (before, after) = (jobs[TrainingPlan.Before], jobs[TrainingPlan.After]);
        return new((await queries.FindAsync(id, cancel))!, Numbers(before), Numbers(after), Images(before), Images(after), DomainJson.Read<EncodedDataset>(jobs[JobKinds.Invert]),
            await queries.MetricsAsync(id, null, cancel), (await queries.ArtifactsAsync(id, cancel)).GroupBy(a => a.Name).ToDictionary(g => g.Key, g => g.Last().Hash));
    }

    private static Dictionary<string, double> Numbers(JsonObject output) => ((JsonObject)output["metrics"]!).ToDictionary(p => p.Key, p => p.Value!.GetValue<double>());

    private static List<ContentHash> Images(JsonObject output) => [.. output["images"]!.AsArray().Select(i => ArtifactRef.FromJson(i).Hash)];
}
