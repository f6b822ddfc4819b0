using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using PortraitGen.Domain.Artifacts;
using PortraitGen.Domain.Campaigns;
using PortraitGen.Domain.Rewards;
using PortraitGen.Jobs.Campaigns;
using PortraitGen.Jobs.Inversion;
using PortraitGen.Jobs.Rewards;

namespace PortraitGen.Api.Demo;

/// <summary>What a training campaign came to, read from its rows.</summary>
/// <param name="Rewards">As trained before the first epoch.</param>
/// <param name="DeviceSeconds">What its shards computed, summed over devices; results taken from an earlier campaign cost nothing.</param>
internal sealed record DemoOutcome(
    Campaign Campaign, IReadOnlyDictionary<string, double> Before, IReadOnlyDictionary<string, double> After, IReadOnlyList<ContentHash> ImagesBefore, IReadOnlyList<ContentHash> ImagesAfter,
    EncodedDataset Dataset, IReadOnlyList<RewardRef> Rewards, double DeviceSeconds, IReadOnlyList<MetricPoint> Metrics, IReadOnlyDictionary<string, ContentHash> Artifacts)
{
    public static async Task<DemoOutcome> ReadAsync(IServiceProvider services, CampaignId id, CancellationToken cancel)
    {
        await using var scope = services.CreateAsyncScope();
        var queries = scope.ServiceProvider.GetRequiredService<CampaignQueries>();
        var jobs = (await queries.JobsAsync(id, cancel)).ToDictionary(j => j.Name, j => (JsonObject)JsonNode.Parse(j.Output ?? "{}")!);
        var (before, after) = (jobs[TrainingPlan.Before], jobs[TrainingPlan.After]);
        return new((await queries.FindAsync(id, cancel))!, Numbers(before), Numbers(after), Images(before), Images(after), DomainJson.Read<EncodedDataset>(jobs[JobKinds.Invert]),
            DomainJson.Read<TrainedRewards>(jobs[JobKinds.TrainReward]).Rewards, await queries.DeviceSecondsAsync(id, cancel),
            await queries.MetricsAsync(id, null, cancel), (await queries.ArtifactsAsync(id, cancel)).GroupBy(a => a.Name).ToDictionary(g => g.Key, g => g.Last().Hash));
    }

    private static Dictionary<string, double> Numbers(JsonObject output) => ((JsonObject)output["metrics"]!).ToDictionary(p => p.Key, p => p.Value!.GetValue<double>());

    private static List<ContentHash> Images(JsonObject output) => [.. output["images"]!.AsArray().Select(i => ArtifactRef.FromJson(i).Hash)];
}
