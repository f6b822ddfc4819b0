using Microsoft.EntityFrameworkCore;
using PortraitGen.Domain.Campaigns;
using PortraitGen.Jobs.Campaigns;
using PortraitGen.Jobs.Hosting;
using PortraitGen.Jobs.Tests.Toys;

namespace PortraitGen.Jobs.Tests.Loop;

/// <summary>What the whole loop promises, whatever it stands on.</summary>
public abstract class LoopSuite
{
    /// <summary>A fresh database and bus.</summary>
    protected abstract Task<JobsOptions> FreshAsync();

    [Fact]
    public async Task A_campaign_runs_its_jobs_in_order_and_keeps_what_they_made()
    {
        await using var host = await ToyHost.StartAsync(await FreshAsync());
        var spec = ToyPlan.Spec(jobs: 3, stages: 2, shards: 4, seed: 11);
        var id = await host.StartCampaignAsync(spec);
        var campaign = await host.EndAsync(id);

        Assert.True(campaign.State is CampaignState.Succeeded, $"{campaign.State} {campaign.FailureReason}\n{host.Log}");
        var jobs = await host.UseAsync<CampaignQueries, List<Job>>(q => q.JobsAsync(id, CancellationToken.None));
        Assert.All(jobs, job => Assert.Equal(JobState.Succeeded, job.State));
        Assert.Equal($$"""{"sum":{{ToyPlan.Expected(spec)}}}""", jobs[^1].Output);
        var metrics = await host.UseAsync<CampaignQueries, List<MetricPoint>>(q => q.MetricsAsync(id, "toy/sum", CancellationToken.None));
        Assert.Equal([0, 1, 2], metrics.Select(m => m.Step));
        Assert.Equal(ToyPlan.Expected(spec), metrics[^1].Value);
        var artifacts = await host.UseAsync<CampaignQueries, List<CampaignArtifact>>(q => q.ArtifactsAsync(id, CancellationToken.None));
        Assert.Equal(3, artifacts.Count);
        Assert.All(host.Handler.Runs, run => Assert.Equal(1, run.Value));
        var attempts = await host.QueryAsync(db => db.Attempts.AsNoTracking().ToListAsync());
        Assert.Equal(24, attempts.Count);
        Assert.All(attempts, a => Assert.Equal("succeeded", a.Outcome));
        var events = await host.EventsAsync(id);
        Assert.Equal(EventKinds.CampaignSubmitted, events[0].Kind);
        Assert.Equal(EventKinds.CampaignSucceeded, events[^1].Kind);
        Assert.Equal(6, events.Count(e => e.Kind == EventKinds.StagePlanned));
    }

    /// <summary>The dispatcher looks by itself every two seconds. Counted are the looks that found something uncalled for; a call may come just as one begins.</summary>
    [Fact]
    public async Task A_hundred_stages_wait_for_no_look_of_the_dispatcher()
    {
        await using var host = await ToyHost.StartAsync(await FreshAsync());
        var campaign = await host.EndAsync(await host.StartCampaignAsync(ToyPlan.Spec(stages: 100, shards: 4, seed: 2)), seconds: 200);
        Assert.True(campaign.State is CampaignState.Succeeded, $"{campaign.State} {campaign.FailureReason}\n{host.Log}");
        Assert.InRange(host.Log.Lines.Count(line => line.Id == 1072), 0, 3);
    }
}
