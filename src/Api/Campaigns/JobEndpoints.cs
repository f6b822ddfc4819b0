using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http.HttpResults;
using PortraitGen.Api.Hosting;
using PortraitGen.Domain.Campaigns;
using PortraitGen.Jobs.Campaigns;

namespace PortraitGen.Api.Campaigns;

public static class JobEndpoints
{
    public static RouteGroupBuilder MapJobs(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/api/jobs").WithTags("Jobs");
        group.MapGet("/", ListAsync).WithName("ListJobs").WithSummary("List jobs of all campaigns, newest first").ProducesProblem(422)
            .WithDescription("Narrow by state, kind and campaign. Pages by key: give 'next' of one answer as 'after' of the next request.");
        group.MapGet("/{id:guid}", GetAsync).WithName("GetJob").WithSummary("Show a job with its shards").ProducesProblem(404).ProducesProblem(422)
            .WithDescription("Shards come by stage and index; 'nextShards' of one answer is 'after' of the next request.");
        group.MapPost("/{id:guid}/redrive", RedriveAsync).WithName("RedriveJob").WithSummary("Try a failed job again").ProducesProblem(404).ProducesProblem(409)
            .WithDescription("Its campaign goes on where it failed: failed and parked shards are tried again with fresh budgets, what succeeded stays.");
        routes.MapGet("/api/shards/{id:guid}", ShardAsync).WithTags("Jobs").WithName("GetShard").WithSummary("Show a shard with its payload, its stack trace and every run").ProducesProblem(404);
        group.MapGet("/{id:guid}/explain", ExplainAsync).WithName("ExplainJob").WithSummary("Why a job waits, in words").ProducesProblem(404)
            .WithDescription("All that holds it back, what blocks outright first, and an estimate with its basis.");
        return group;
    }

    internal static async Task<Results<Accepted<JobView>, ProblemHttpResult>> RedriveAsync(Guid id, RedriveJob redrive, JobQueries jobs, CancellationToken cancel)
    {
        var outcome = await redrive.RunAsync(new(id), cancel);
        if (outcome is Redriving.NotFound || await jobs.FindAsync(new(id), cancel) is not { } job) return Problems.NotFound($"There is no job {id}.");
        return outcome is Redriving.NotFailed
            ? Problems.Of(409, ProblemTypes.NotFailed, "Not failed", $"The job is {Words.Of(job.State)}; only a failed one is tried again.")
            : TypedResults.Accepted($"/api/jobs/{id}", JobView.Of(job));
    }

    internal static async Task<Results<Ok<ShardDetail>, ProblemHttpResult>> ShardAsync(Guid id, JobQueries jobs, CancellationToken cancel) =>
        await jobs.FindShardAsync(new(id), cancel) is { } shard
            ? TypedResults.Ok(new ShardDetail(ShardView.Of(shard), JsonNode.Parse(shard.Input)!, shard.Deaths, shard.FailureStack,
                [.. (await jobs.AttemptsAsync(shard.Id, cancel)).Select(a => new RunView(a.Attempt, a.Worker, a.BootId, a.StartedAt, a.EndedAt, a.Outcome))]))
            : Problems.NotFound($"There is no shard {id}.");

    internal static async Task<Results<Ok<Slice<JobView>>, ProblemHttpResult>> ListAsync(
        JobQueries jobs, string? state, string? kind, string? campaign, string? after, string? limit, CancellationToken cancel)
    {
        var query = new Query();
        var (of, cursor) = (query.Id("campaign", campaign), query.Id("after", after));
        var filter = new JobFilter(query.Word<JobState>("state", state), kind, of is { } c ? new CampaignId(c) : null);
        int most = query.Limit(limit);
        if (query.Errors.Count > 0) return Problems.Invalid(query.Errors);
        var page = await jobs.ListAsync(filter, cursor is { } id ? new JobId(id) : null, most, cancel);
        return TypedResults.Ok(new Slice<JobView>([.. page.Items.Select(JobView.Of)], page.Next?.ToString()));
    }

    internal static async Task<Results<Ok<ExplanationView>, ProblemHttpResult>> ExplainAsync(Guid id, ExplainWait explain, CancellationToken cancel) =>
        await explain.JobAsync(new(id), cancel) is { } why ? TypedResults.Ok(ExplanationView.Of(why)) : Problems.NotFound($"There is no job {id}.");

    internal static async Task<Results<Ok<JobDetail>, ProblemHttpResult>> GetAsync(Guid id, JobQueries jobs, string? after, string? limit, CancellationToken cancel)
    {
        var query = new Query();
        int most = query.Limit(limit);
        if (Cursor(after) is not { } cursor) return Problems.Invalid([new("after", $"'{after}' is no place in the shards.", "'nextShards' of another answer"), .. query.Errors]);
        if (query.Errors.Count > 0) return Problems.Invalid(query.Errors);
        if (await jobs.FindAsync(new(id), cancel) is not { } job) return Problems.NotFound($"There is no job {id}.");
        var shards = await jobs.ShardsAsync(job.Id, cursor.Place, most, cancel);
        return TypedResults.Ok(new JobDetail(JobView.Of(job), JsonNode.Parse(job.Parameters), job.Output is { } output ? JsonNode.Parse(output) : null,
            [.. shards.Items.Select(ShardView.Of)], shards.Next is { } next ? $"{next.Stage}.{next.Index}" : null));
    }

    private static (ShardCursor? Place, bool Given)? Cursor(string? text)
    {
        if (string.IsNullOrEmpty(text)) return (null, false);
        var parts = text.Split('.');
        return parts.Length == 2 && int.TryParse(parts[0], out int stage) && int.TryParse(parts[1], out int index) ? (new(stage, index), true) : null;
    }
}
