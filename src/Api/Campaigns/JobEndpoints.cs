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
        return group;
    }

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
