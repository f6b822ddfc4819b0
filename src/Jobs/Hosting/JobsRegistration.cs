using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using PortraitGen.Jobs.Artifacts;
using PortraitGen.Jobs.Campaigns;
using PortraitGen.Jobs.Data;
using PortraitGen.Jobs.Messaging;
using PortraitGen.Jobs.Scheduling;

namespace PortraitGen.Jobs.Hosting;

/// <summary>Adds orchestration to a host.</summary>
public static class JobsRegistration
{
    /// <summary>Rows, bus, time, and everything that moves campaigns on. Plans, planners and hooks are registered beside it, and so is the artifact store.</summary>
    public static IServiceCollection AddPortraitGenJobs(this IServiceCollection services, JobsOptions options)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton(options);
        services.AddRows(options);
        services.AddScoped<MigrateDatabase>();

        services.AddSingleton<DispatchSignal>().AddSingleton<Orchestration>().AddSingleton<ResultReader>().AddSingleton<ProgressThrottle>().AddSingleton<KnownWorkers>().AddSingleton<Reports>();
        services.AddScoped<AdvanceCampaign>().AddScoped<RekeyShards>().AddScoped<SweepShards>().AddScoped<CollectArtifacts>().AddScoped<ArchiveShards>().AddScoped<ReadSchedule>().AddScoped<DispatchShards>().AddScoped<ChargeTeams>().AddScoped<OrchestrationSteps>();
        services.AddScoped<CompleteShard>().AddScoped<FailShard>().AddScoped<FailJob>().AddScoped<HearWorkers>();
        services.AddScoped<RepairArtifact>();
        services.AddScoped<SubmitCampaign>().AddScoped<CancelCampaign>().AddScoped<PauseCampaign>().AddScoped<RedriveJob>().AddScoped<CampaignQueries>().AddScoped<JobQueries>();
        services.AddScoped<ExplainWait>().AddScoped<TeamSettings>();

        // Hosted services start in this order and stop in the reverse: bus, queues and sweep, dispatcher, Hangfire.
        services.AddShardBus(options.RabbitMq);
        services.AddSingleton<OrchestratorEndpoints>();
        services.AddHostedService<OrchestratorService>();
        services.AddHostedService<DispatchLoop>();
        return services.AddTime(options);
    }
}
