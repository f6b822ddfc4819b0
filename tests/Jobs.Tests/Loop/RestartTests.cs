using Microsoft.EntityFrameworkCore;
using PortraitGen.Domain.Campaigns;
using PortraitGen.Jobs.Hosting;
using PortraitGen.Jobs.Tests.Toys;

namespace PortraitGen.Jobs.Tests.Loop;

/// <summary>The embedded form's process ends, in good order or not, and another goes on where it stopped.</summary>
public sealed class RestartTests : IDisposable
{
    private readonly ScratchFolder _folder = new();

    [Fact]
    public async Task A_stopped_process_is_gone_on_with_and_no_finished_shard_is_computed_again()
    {
        var options = new JobsOptions { DataFolder = _folder.Fresh() };
        var store = new MemoryStore();
        var spec = ToyPlan.Spec(jobs: 2, stages: 3, shards: 3, seed: 4);
        var first = new ToyHandler();
        using var reached = new ManualResetEventSlim();
        first.Before = (run, cancel) =>
        {
            if ((int)run.Input["epoch"]! == 0 || (int)run.Input["stage"]! == 0) return;
            reached.Set();
            cancel.WaitHandle.WaitOne(TimeSpan.FromSeconds(10));
            cancel.ThrowIfCancellationRequested();
        };
        CampaignId id;
        await using (var host = await ToyHost.StartAsync(options, store: store, handler: first))
        {
            id = await host.StartCampaignAsync(spec);
            Assert.True(reached.Wait(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken), $"No shard began within 30 s.\n{host.Log}");
        }

        await using var second = await ToyHost.StartAsync(options, store: store);
        var campaign = await second.EndAsync(id);

        Assert.Equal(CampaignState.Succeeded, campaign.State);
        Assert.DoesNotContain(second.Handler.Runs.Keys, key => key.Epoch == 0 || key.Stage == 0);
        var outputs = await second.QueryAsync(db => db.Jobs.OrderBy(j => j.Ordinal).Select(j => j.Output).ToListAsync());
        Assert.Equal($$"""{"sum":{{ToyPlan.Expected(spec)}}}""", outputs[^1]);
        Assert.All(await second.QueryAsync(db => db.Shards.AsNoTracking().ToListAsync()), shard => Assert.Equal(0, shard.Deaths));
    }

    [Fact]
    public async Task Equal_work_of_a_second_campaign_is_found_and_not_computed()
    {
        await using var host = await ToyHost.StartAsync(new JobsOptions { DataFolder = _folder.Fresh() });
        var spec = ToyPlan.Spec(jobs: 1, stages: 2, shards: 3, seed: 6);
        await host.EndAsync(await host.StartCampaignAsync(spec));
        Assert.Equal(CampaignState.Succeeded, (await host.EndAsync(await host.StartCampaignAsync(spec))).State);
        Assert.All(host.Handler.Runs, run => Assert.Equal(1, run.Value));
    }

    public void Dispose() => _folder.Dispose();
}
