using PortraitGen.Jobs.Curation;
using PortraitGen.Jobs.Planning;

namespace PortraitGen.Api.Hosting;

/// <summary>What this server can do: each capability's plan, planners and hooks, in one place. Its handlers stand in <see cref="Gpu.Runtime.ShardHandlers"/>.</summary>
public static class Capabilities
{
    /// <summary>What orchestration needs.</summary>
    public static IServiceCollection AddPlans(this IServiceCollection services) => services
        .AddSingleton<ICampaignPlan, CurationPlan>().AddScoped<IJobPlanner, IngestPlanner>().AddScoped<IJobPlanner, CuratePlanner>().AddScoped<IJobPlanner, SnapshotPlanner>()
        .AddScoped<IJobCompleted, RecordDataset>();
}
