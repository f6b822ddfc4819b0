using PortraitGen.Gpu.Curation;
using PortraitGen.Gpu.Runtime;
using PortraitGen.Jobs.Curation;
using PortraitGen.Jobs.Planning;

namespace PortraitGen.Api.Hosting;

/// <summary>What this server can do: each capability's plan, planners, hooks and handlers, in one place.</summary>
public static class Capabilities
{
    /// <summary>What orchestration needs.</summary>
    public static IServiceCollection AddPlans(this IServiceCollection services) => services
        .AddSingleton<ICampaignPlan, CurationPlan>().AddScoped<IJobPlanner, IngestPlanner>().AddScoped<IJobPlanner, CuratePlanner>().AddScoped<IJobPlanner, SnapshotPlanner>()
        .AddScoped<IJobCompleted, RecordDataset>();

    /// <summary>What a worker inside this process needs.</summary>
    public static IServiceCollection AddHandlers(this IServiceCollection services) => services
        .AddSingleton<IShardHandler, CurateHandler>();
}
