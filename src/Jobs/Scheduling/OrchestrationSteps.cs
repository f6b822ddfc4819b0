using Hangfire;
using Hangfire.Server;
using PortraitGen.Domain.Campaigns;
using PortraitGen.Jobs.Artifacts;
using PortraitGen.Jobs.Hosting;

namespace PortraitGen.Jobs.Scheduling;

/// <summary>The steps that Hangfire runs. Its storage keeps these names: renaming them orphans what is queued, which the sweep makes up for.</summary>
public sealed class OrchestrationSteps(AdvanceCampaign advance, SweepShards sweep, ArchiveShards archive, CollectArtifacts collect, JobsOptions options)
{
    private const int Tries = 5;

    [AutomaticRetry(Attempts = Tries - 1, DelaysInSeconds = [1, 3, 10, 30], OnAttemptsExceeded = AttemptsExceededAction.Delete)]
    public async Task AdvanceAsync(Guid campaignId, PerformContext context, CancellationToken cancel)
    {
        bool last = context.GetJobParameter<int>("RetryCount") >= Tries - 1;
        await advance.RunAsync(new CampaignId(campaignId), last, cancel);
    }

    [AutomaticRetry(Attempts = 0, OnAttemptsExceeded = AttemptsExceededAction.Delete)]
    public Task SweepAsync(CancellationToken cancel) => sweep.RunAsync(cancel);

    [AutomaticRetry(Attempts = 0, OnAttemptsExceeded = AttemptsExceededAction.Delete)]
    public Task ArchiveAsync(CancellationToken cancel) => archive.RunAsync(cancel);

    [AutomaticRetry(Attempts = 0, OnAttemptsExceeded = AttemptsExceededAction.Delete), DisableConcurrentExecution(timeoutInSeconds: 1)]
    public Task CollectAsync(CancellationToken cancel) => collect.RunAsync(options.Retention, dry: false, cancel);
}
