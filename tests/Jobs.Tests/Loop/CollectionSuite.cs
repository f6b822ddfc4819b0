using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging.Abstractions;
using PortraitGen.Domain.Artifacts;
using PortraitGen.Domain.Campaigns;
using PortraitGen.Gpu.Runtime;
using PortraitGen.Jobs.Artifacts;
using PortraitGen.Jobs.Data;
using PortraitGen.Jobs.Hosting;
using PortraitGen.Jobs.Tests.Toys;

namespace PortraitGen.Jobs.Tests.Loop;

/// <summary>What collection promises on a real store: nothing that anybody needs goes, the rest does.</summary>
public abstract class CollectionSuite
{
    private static readonly RetentionOptions Greedy = new() { Finished = TimeSpan.Zero, Grace = TimeSpan.Zero };

    protected static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>Fresh rows.</summary>
    protected abstract Task<JobsOptions> FreshAsync();

    /// <summary>The test's own store; the same at each call.</summary>
    protected abstract IArtifactStore Store();

    /// <summary>Collects as if it were later by so much.</summary>
    private Task<IReadOnlyList<Collected>> CollectAsync(ToyHost host, TimeSpan later, bool dry = false, RetentionOptions? options = null) => host.UseAsync<JobsDb, IReadOnlyList<Collected>>(db =>
        new CollectArtifacts(db, Store(), new Later(later), NullLogger<CollectArtifacts>.Instance).RunAsync(options ?? new(), dry, Cancel));

    private async Task<List<string>> KeysAsync(string prefix)
    {
        var keys = new List<string>();
        await foreach (var item in ((IArtifactInventory)Store()).ListAsync(prefix, Cancel)) keys.Add(item.Key);
        return keys;
    }

    [Fact]
    public async Task What_nothing_refers_to_goes_after_a_day_into_the_trash_and_after_another_for_good()
    {
        await using var host = await ToyHost.StartAsync(await FreshAsync(), store: Store());
        var id = await host.StartCampaignAsync(ToyPlan.Spec(jobs: 2, stages: 2, shards: 3, seed: 21));
        await host.EndAsync(id, seconds: 60);
        var kept = (await KeysAsync("")).ToHashSet();
        var waste = await Store().PutAsync("nobody needs this"u8.ToArray(), MediaTypes.Binary, Cancel);

        Assert.Empty(await CollectAsync(host, TimeSpan.FromHours(1)));
        var planned = Assert.Single(await CollectAsync(host, TimeSpan.FromHours(25), dry: true));
        Assert.Equal((ArtifactNames.KeyOf(waste.Hash), waste.Length, CollectAction.Discard, "nothing refers to it"), (planned.Key, planned.Length, planned.Action, planned.Reason));
        Assert.True(await Store().ExistsAsync(waste.Hash, Cancel));
        Assert.Equal(planned, Assert.Single(await CollectAsync(host, TimeSpan.FromHours(25))));
        Assert.False(await Store().ExistsAsync(waste.Hash, Cancel));
        Assert.Equal(CollectAction.Purge, Assert.Single(await CollectAsync(host, TimeSpan.FromHours(50))).Action);
        await Assert.ThrowsAsync<ArtifactMissingException>(() => Store().GetAsync(waste.Hash, Cancel));
        Assert.Superset(kept, (await KeysAsync("")).ToHashSet());
    }

    [Fact]
    public async Task Two_weeks_after_its_end_a_campaign_keeps_what_people_list_and_its_work_can_be_done_again()
    {
        await using var host = await ToyHost.StartAsync(await FreshAsync(), store: Store());
        var spec = ToyPlan.Spec(jobs: 2, stages: 2, shards: 3, seed: 22);
        var id = await host.StartCampaignAsync(spec);
        await host.EndAsync(id, seconds: 60);
        var listed = await host.QueryAsync(db => db.Artifacts.AsNoTracking().Select(a => a.Hash).ToListAsync());

        Assert.Empty(await CollectAsync(host, TimeSpan.FromDays(13)));
        var gone = await CollectAsync(host, TimeSpan.FromDays(15));
        Assert.Equal(12, gone.Count(g => g.Key.StartsWith("named/results/", StringComparison.Ordinal)));
        Assert.Contains(gone, g => g.Reason == "output 'note' of work that no kept campaign needs");
        foreach (var hash in listed) Assert.True(await Store().ExistsAsync(hash, Cancel));
        Assert.Empty(await KeysAsync("named/results/"));
        var expired = await ExpiredObjects.ReadAsync(Store(), Cancel);
        Assert.All(gone, g => Assert.NotNull(expired.Find(ContentHash.Parse(g.Key[(g.Key.LastIndexOf('/') + 1)..]))));

        await CollectAsync(host, TimeSpan.FromDays(17));
        Assert.Empty(await KeysAsync("trash/"));
        Assert.Equal(CampaignState.Succeeded, (await host.EndAsync(await host.StartCampaignAsync(spec), seconds: 60)).State);
        Assert.All(host.Handler.Runs, run => Assert.Equal(2, run.Value));
    }

    [Fact]
    public async Task A_result_whose_output_is_gone_is_removed_and_computed_again()
    {
        await using var host = await ToyHost.StartAsync(await FreshAsync(), store: Store());
        var spec = ToyPlan.Spec(jobs: 1, stages: 2, shards: 2, seed: 23);
        await host.EndAsync(await host.StartCampaignAsync(spec), seconds: 60);
        var key = await host.QueryAsync(db => db.Shards.AsNoTracking().Where(s => s.Stage == 1 && s.Index == 0).Select(s => s.InputKey).FirstAsync());
        var output = ShardResult.Parse((await Store().GetNamedAsync(InputKey.ResultName(key), Cancel))!).Output("note").Hash;
        var inventory = (IArtifactInventory)Store();
        Assert.True(await inventory.DiscardAsync(ArtifactNames.KeyOf(output), DateTimeOffset.MaxValue, Cancel));
        await inventory.PurgeAsync(ArtifactNames.KeyOf(output), DateTimeOffset.MaxValue, Cancel);

        var gone = Assert.Single(await CollectAsync(host, TimeSpan.FromHours(25)));
        Assert.Equal(($"named/{InputKey.ResultName(key)}", "its output 'note' is gone: the work is to be done again"), (gone.Key, gone.Reason));
        Assert.Equal(CampaignState.Succeeded, (await host.EndAsync(await host.StartCampaignAsync(spec), seconds: 60)).State);
        Assert.True(await Store().ExistsAsync(output, Cancel));
        Assert.Equal([1, 1, 1, 2], host.Handler.Runs.Values.Order());
    }

    /// <summary>The collector with no patience at all, in an endless loop, beside a campaign that computes and one that finds everything done.</summary>
    [Fact]
    public async Task A_campaign_beside_a_collector_at_work_ends_with_the_right_sum()
    {
        await using var host = await ToyHost.StartAsync(await FreshAsync(), slots: 3, store: Store());
        var spec = ToyPlan.Spec(jobs: 2, stages: 3, shards: 4, seed: 24);
        await host.EndAsync(await host.StartCampaignAsync(spec), seconds: 60);
        using var done = new CancellationTokenSource();
        int rounds = 0, discarded = 0;
        var collector = Task.Run(async () =>
        {
            for (; !done.IsCancellationRequested; rounds++)
                discarded += (await CollectAsync(host, TimeSpan.FromSeconds(2), options: Greedy)).Count(c => c.Action is CollectAction.Discard);
        }, Cancel);
        try
        {
            for (int again = 0; again < 3; again++)
            {
                var id = await host.StartCampaignAsync(spec);
                Assert.True((await host.EndAsync(id, seconds: 60)).State is CampaignState.Succeeded, host.Log.ToString());
                var outputs = await host.QueryAsync(db => db.Jobs.Where(j => j.CampaignId == id).OrderBy(j => j.Ordinal).Select(j => j.Output).ToListAsync());
                Assert.Equal($$"""{"sum":{{ToyPlan.Expected(spec)}}}""", outputs[^1]);
            }
        }
        finally
        {
            await done.CancelAsync();
            await collector;
        }

        Assert.True(rounds > 1 && discarded > 0, $"{rounds} rounds discarded {discarded} things: this was no race.");
        Assert.DoesNotContain(host.Log.Lines, l => l.Text.Contains("different results", StringComparison.Ordinal));
        foreach (var hash in await host.QueryAsync(db => db.Artifacts.AsNoTracking().Select(a => a.Hash).ToListAsync())) await Store().GetAsync(hash, Cancel);
    }

    /// <summary>The system's clock, ahead by a while.</summary>
    private sealed class Later(TimeSpan by) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + by;
    }
}
