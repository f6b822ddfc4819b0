using PortraitGen.Jobs.Bench;
using PortraitGen.Jobs.Campaigns;
using PortraitGen.Jobs.Curation;
using PortraitGen.Jobs.Grpo;
using PortraitGen.Jobs.Inversion;
using PortraitGen.Jobs.Planning;
using PortraitGen.Jobs.Pretraining;
using PortraitGen.Jobs.Rewards;

namespace PortraitGen.Api.Hosting;

/// <summary>What orchestration can plan: each capability's plan, planners and hooks, in one place. Handlers stand in Gpu/Runtime.</summary>
public static class Capabilities
{
    public static IServiceCollection AddPlans(this IServiceCollection services) => services
        .AddSingleton<ICampaignPlan, CurationPlan>()
        .AddScoped<IJobPlanner, IngestPlanner>().AddScoped<IJobPlanner, CuratePlanner>().AddScoped<IJobPlanner, SnapshotPlanner>()
        .AddScoped<IJobCompleted, RecordDataset>()
        .AddSingleton<ICampaignPlan, PretrainPlan>().AddScoped<IJobPlanner, PretrainPlanner>()
        .AddSingleton<ICampaignPlan, TrainingPlan>()
        .AddScoped<IJobPlanner, InvertPlanner>().AddScoped<IJobPlanner, LabelPlanner>().AddScoped<IJobPlanner, TrainRewardPlanner>()
        .AddScoped<IJobPlanner, EpochPlanner>().AddScoped<IJobPlanner, BenchmarkPlanner>().AddScoped<IJobPlanner, ExportPlanner>();
}
