using System.Text.Json.Nodes;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using PortraitGen.Domain.Artifacts;
using PortraitGen.Domain.Campaigns;
using PortraitGen.Jobs.Data;
using PortraitGen.Jobs.Planning;

namespace PortraitGen.Jobs.Scheduling;

/// <summary>Moves a campaign on as far as it can: next stage, next job, or its end. Any number of these may run at once; one of them has an effect.</summary>
/// <remarks>The planner works outside of any transaction; what it decided is applied only if the job is still where it was.</remarks>
public sealed partial class AdvanceCampaign(
    JobsDb db, IEnumerable<IJobPlanner> planners, IEnumerable<IJobCompleted> hooks, ResultReader results,
    FailJob failJob, Orchestration orchestration, TimeProvider clock, ILogger<AdvanceCampaign> logger)
{
    /// <param name="lastTry">A planner that throws now fails the job; before, the exception goes to whoever tries again.</param>
    public async Task RunAsync(CampaignId id, bool lastTry, CancellationToken cancel)
    {
        while (await TurnAsync(id, lastTry, cancel)) db.ChangeTracker.Clear();
        orchestration.Dispatch();
    }

    /// <summary>One step. True when there may be another.</summary>
    private async Task<bool> TurnAsync(CampaignId id, bool lastTry, CancellationToken cancel)
    {
        if (await db.Campaigns.AsNoTracking().FirstOrDefaultAsync(c => c.Id == id, cancel) is not { } campaign) return false;
        if (campaign.State.IsTerminal() || campaign.State is CampaignState.Paused) return false;
        if (campaign.State is CampaignState.Cancelling) return await FinishCancelAsync(id, cancel);
        var job = await db.CurrentJobAsync(id, cancel);
        if (job is null || job.State is JobState.Planned) return await StartNextAsync(id, cancel);
        string? spent = await OverBudgetAsync(campaign, cancel);
        if (job.Remaining > 0) return spent is not null && await failJob.RunAsync(job, FailureClasses.Budget, spent, null, cancel);

        var planner = planners.FirstOrDefault(p => p.Kind == job.Kind);
        if (planner is null) return await failJob.RunAsync(job, FailureClasses.UserError, $"No planner is registered for job kind '{job.Kind}'.", null, cancel);
        PlanStep step;
        try
        {
            step = await planner.NextAsync(await ProgressAsync(campaign, job, cancel), cancel);
        }
        catch (Exception e) when (lastTry && e is not OperationCanceledException)
        {
            LogPlannerFailed(e, job.Name, id.Value);
            return await failJob.RunAsync(job, FailureClasses.Infra, $"Planning {job.Name} failed: {e.Message}", e.ToString(), cancel);
        }

        return step switch
        {
            PlanStep.Stage when spent is not null => await failJob.RunAsync(job, FailureClasses.Budget, spent, null, cancel),
            PlanStep.Stage { Shards.Count: 0 } empty =>
                await failJob.RunAsync(job, FailureClasses.UserError, $"The planner of '{job.Kind}' gave stage '{empty.Name}' without shards.", null, cancel),
            PlanStep.Stage stage => await BeginStageAsync(job, stage, cancel),
            PlanStep.Done done => await FinishJobAsync(job, done, cancel),
            PlanStep.Failed failed => await failJob.RunAsync(job, failed.FailureClass, failed.Reason, null, cancel),
            _ => throw new InvalidOperationException($"Unknown plan step {step.GetType().Name}."),
        };
    }

    /// <summary>Says so when the campaign has used what it may; what is done already counts, and what was done last may be what was wanted.</summary>
    private async Task<string?> OverBudgetAsync(Campaign campaign, CancellationToken cancel)
    {
        if (campaign.BudgetSeconds is not { } budget || await ChargeTeams.SpentAsync(db, campaign.Id, cancel) is var spent && spent < budget) return null;
        return FormattableString.Invariant($"The budget of {budget / 3600:0.###} device-hours is spent: {spent / 3600:0.###} were used. Submit it again with a larger budget; what is done is found and not computed again.");
    }

    private async Task<JobProgress> ProgressAsync(Campaign campaign, Job job, CancellationToken cancel)
    {
        var shards = await db.Shards.AsNoTracking().Where(s => s.JobId == job.Id && s.Stage <= job.Stage).OrderBy(s => s.Stage).ThenBy(s => s.Index)
            .Select(s => new { s.Stage, s.StageName, s.Kind, s.InputKey, s.ResultHash }).ToListAsync(cancel);
        var stages = new List<FinishedStage>();
        foreach (var stage in shards.GroupBy(s => (s.Stage, s.StageName)))
            stages.Add(new(stage.Key.StageName, await results.ReadAsync([.. stage.Select(s => (s.InputKey, s.ResultHash!.Value))], cancel))
            {
                Works = [.. stage.Select(s => new WorkRef(s.Kind, s.InputKey, s.ResultHash!.Value))],
            });
        var outputs = await db.Jobs.AsNoTracking().Where(j => j.CampaignId == campaign.Id && j.State == JobState.Succeeded)
            .Select(j => new { j.Name, j.Output }).ToListAsync(cancel);
        return new(Json(campaign.Spec), Json(job.Parameters), stages, outputs.ToDictionary(j => j.Name, j => Json(j.Output!)));
    }

    private async Task<bool> StartNextAsync(CampaignId id, CancellationToken cancel)
    {
        await using var write = await db.BeginWriteAsync(cancel);
        if (await db.LockCampaignAsync(id, cancel) is not { } campaign) return false;
        var now = clock.GetUtcNow();
        if (campaign.Start(now)) db.Events.Add(EventLog.Of(id, null, EventKinds.CampaignStarted, now, []));
        bool went = await StartNextAsync(campaign, now, cancel);
        await db.SaveChangesAsync(cancel);
        await write.CommitAsync(cancel);
        return went;
    }

    /// <summary>Starts the first job that has not ended, or ends the campaign. The caller holds the campaign's lock, saves and commits.</summary>
    private async Task<bool> StartNextAsync(Campaign campaign, DateTimeOffset now, CancellationToken cancel)
    {
        var jobs = await db.LockLiveJobsAsync(campaign.Id, cancel);
        if (jobs.FirstOrDefault(j => j.State.IsTerminal() == false) is { } next)
        {
            if (campaign.State is not CampaignState.Running || !next.Start(now)) return false;
            db.Events.Add(EventLog.Of(next, EventKinds.JobStarted, now, new() { ["kind"] = next.Kind }));
            return true;
        }

        if (!campaign.Succeed(now)) return false;
        db.Events.Add(EventLog.Of(campaign.Id, null, EventKinds.CampaignSucceeded, now, []));
        LogSucceeded(campaign.Id.Value, campaign.Name);
        return false;
    }

    private async Task<bool> BeginStageAsync(Job seen, PlanStep.Stage stage, CancellationToken cancel)
    {
        await using var write = await db.BeginWriteAsync(cancel);
        if (await LockUnmovedAsync(seen, cancel) is not (_, { } job)) return false;
        if (!job.BeginStage(stage.Name, stage.Shards.Count)) return false;
        var now = clock.GetUtcNow();
        for (int i = 0; i < stage.Shards.Count; i++)
        {
            var plan = stage.Shards[i];
            var id = new ShardId(Guid.CreateVersion7(now));
            db.Shards.Add(new Shard(id, job, i, plan.Kind, CanonicalJson.ToText(plan.Input), InputKey.Of(plan.Kind, plan.Input), now));
        }

        db.Events.Add(EventLog.Of(job, EventKinds.StagePlanned, now, new() { ["stage"] = stage.Name, ["number"] = job.Stage, ["shards"] = stage.Shards.Count }));
        await db.SaveTogetherAsync(cancel);
        await write.CommitAsync(cancel);
        return false;
    }

    private async Task<bool> FinishJobAsync(Job seen, PlanStep.Done done, CancellationToken cancel)
    {
        await using var write = await db.BeginWriteAsync(cancel);
        if (await LockUnmovedAsync(seen, cancel) is not ({ } campaign, { } job)) return false;
        var now = clock.GetUtcNow();
        if (!job.Succeed(now, CanonicalJson.ToText(done.Output))) return false;

        long point = Json(job.Parameters)["epoch"] is JsonValue epoch && epoch.TryGetValue(out long number) ? number : job.Ordinal;
        var series = done.Metrics.Keys.ToArray();
        if (series.Length > 0)
            await db.Metrics.Where(m => m.CampaignId == campaign.Id && m.Step == point && series.Contains(m.Series)).ExecuteDeleteAsync(cancel);
        foreach (var (name, value) in done.Metrics) db.Metrics.Add(new(campaign.Id, name, point, value));
        foreach (var (name, artifact) in done.Artifacts) db.Artifacts.Add(new(campaign.Id, job.Id, name, artifact, now));
        foreach (var hook in hooks.Where(h => h.Kind == job.Kind)) await hook.ApplyAsync(db, campaign, job, done.Output, cancel);

        var metrics = new JsonObject();
        foreach (var (name, value) in done.Metrics) if (double.IsFinite(value)) metrics[name] = value;
        db.Events.Add(EventLog.Of(job, EventKinds.JobSucceeded, now, new() { ["kind"] = job.Kind, ["step"] = point, ["metrics"] = metrics, ["artifacts"] = done.Artifacts.Count }));
        foreach (string warning in done.Warnings) db.Events.Add(EventLog.Of(job, EventKinds.Warning, now, new() { ["step"] = point, ["text"] = warning }));
        await db.SaveChangesAsync(cancel); // the finished job must not be read as live below
        bool went = await StartNextAsync(campaign, now, cancel);
        await db.SaveChangesAsync(cancel);
        await write.CommitAsync(cancel);
        return went;
    }

    private async Task<bool> FinishCancelAsync(CampaignId id, CancellationToken cancel)
    {
        await using var write = await db.BeginWriteAsync(cancel);
        if (await db.LockCampaignAsync(id, cancel) is not { } campaign) return false;
        if (await db.Shards.AnyAsync(s => s.CampaignId == id && s.State == ShardState.Running, cancel)) return false;
        var now = clock.GetUtcNow();
        if (!campaign.FinishCancel(now)) return false;
        db.Events.Add(EventLog.Of(id, null, EventKinds.CampaignCancelled, now, []));
        await db.SaveChangesAsync(cancel);
        await write.CommitAsync(cancel);
        return false;
    }

    /// <summary>Locks campaign and job; the job is null when anything moved since it was seen.</summary>
    private async Task<(Campaign? Campaign, Job? Job)> LockUnmovedAsync(Job seen, CancellationToken cancel)
    {
        var campaign = await db.LockCampaignAsync(seen.CampaignId, cancel);
        var job = await db.LockJobAsync(seen.Id, cancel);
        bool unmoved = campaign is { State: CampaignState.Running } && job is { State: JobState.Running, Remaining: 0 } && job.Stage == seen.Stage;
        return unmoved ? (campaign, job) : (null, null);
    }

    private static JsonObject Json(string text) => (JsonObject)JsonNode.Parse(text)!;

    [LoggerMessage(1001, LogLevel.Information, "Campaign {CampaignId} '{Name}' succeeded")]
    private partial void LogSucceeded(Guid campaignId, string name);

    [LoggerMessage(1002, LogLevel.Error, "Planning {Job} of campaign {CampaignId} failed for good")]
    private partial void LogPlannerFailed(Exception e, string job, Guid campaignId);
}
