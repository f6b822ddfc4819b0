using PortraitGen.Domain.Campaigns;

namespace PortraitGen.Jobs.Scheduling;

public sealed class AdvanceCampaign
{
    public Task RunAsync(CampaignId id, bool lastTry, CancellationToken cancel) => throw new NotImplementedException($"{id} {lastTry}");
}

public sealed class SweepShards
{
    public Task RunAsync(CancellationToken cancel) => throw new NotImplementedException();
}
