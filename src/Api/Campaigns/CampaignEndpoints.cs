using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using PortraitGen.Api.Hosting;
using PortraitGen.Domain.Campaigns;
using PortraitGen.Jobs.Campaigns;

namespace PortraitGen.Api.Campaigns;

public static class CampaignEndpoints
{
    private const int MaxKey = 200;

    public static RouteGroupBuilder MapCampaigns(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/api/campaigns").WithTags("Campaigns");
        group.MapPost("/", SubmitAsync).WithName("SubmitCampaign").Accepts<CampaignSpec>(SpecBody.Json, SpecBody.Yaml)
            .WithSummary("Submit a training campaign")
            .WithDescription("JSON or YAML. Every fault of the specification is reported at once. With an Idempotency-Key, the same body gives the same campaign (200) and another body is refused (409). "
                + "'team', 'priority' (within the team), 'budget' (device-hours) and 'memory' (GiB that a worker's device must have) are the scheduler's and no part of the specification.")
            .ProducesProblem(400).ProducesProblem(409).ProducesProblem(413).ProducesProblem(415).ProducesProblem(422);
        group.MapGet("/", ListAsync).WithName("ListCampaigns").WithSummary("List campaigns, newest first").ProducesProblem(422)
            .WithDescription("Narrow by state, kind and team. Pages by key: give 'next' of one answer as 'after' of the next request.");
        group.MapGet("/{id:guid}", GetAsync).WithName("GetCampaign").WithSummary("Show a campaign with its jobs").ProducesProblem(404);
        group.MapGet("/{id:guid}/explain", ExplainAsync).WithName("ExplainCampaign").WithSummary("Why a campaign waits, in words").ProducesProblem(404);
        group.MapPost("/{id:guid}/cancel", CancelAsync).WithName("CancelCampaign").ProducesProblem(404).ProducesProblem(409)
            .WithSummary("Cancel a campaign").WithDescription("What waits is cancelled at once; what runs stops at its next safe point. Asking again changes nothing.");
        group.MapPost("/{id:guid}/pause", PauseAsync).WithName("PauseCampaign").ProducesProblem(404).ProducesProblem(409)
            .WithSummary("Pause a campaign").WithDescription("Nothing more starts; what runs is put back at its next safe point, at no cost, and the devices are free. Asking again changes nothing.");
        group.MapPost("/{id:guid}/resume", ResumeAsync).WithName("ResumeCampaign").ProducesProblem(404).ProducesProblem(409)
            .WithSummary("Resume a paused campaign").WithDescription("It goes on where it was, to the same checkpoint. Asking again changes nothing.");
        group.MapGet("/{id:guid}/events", EventStream.GetAsync).WithName("StreamCampaignEvents").Produces<string>(200, "text/event-stream").Produces(204).ProducesProblem(404)
            .WithSummary("Follow a campaign's events").WithDescription("Server-sent events, from the first on or after Last-Event-ID. Ends with an event 'end'; when nothing can follow any more, 204.");
        group.MapGet("/{id:guid}/metrics", MetricsAsync).WithName("GetCampaignMetrics").WithSummary("A campaign's curves").ProducesProblem(404);
        group.MapGet("/{id:guid}/artifacts", ArtifactsAsync).WithName("ListCampaignArtifacts").WithSummary("A campaign's stored objects").ProducesProblem(404);
        return group;
    }

    internal static async Task<Results<CreatedAtRoute<CampaignView>, Ok<CampaignView>, ProblemHttpResult>> SubmitAsync(
        HttpRequest request, ResolveSpec resolve, SubmitCampaign submit, CampaignQueries campaigns,
        [FromHeader(Name = "Idempotency-Key")] string? key, [AsParameters] ClaimQuery claimed, CancellationToken cancel)
    {
        var (claim, faults) = claimed.Read();
        if (faults.Count > 0) return Problems.Invalid(faults);
        if (key is { Length: > MaxKey or 0 }) return Problems.Invalid([new("Idempotency-Key", $"It has {key.Length} characters.", $"1 to {MaxKey} characters")]);
        var (document, problem) = await SpecBody.ReadAsync(request, cancel);
        if (problem is not null) return problem;
        var resolved = await resolve.RunAsync(document, cancel);
        if (resolved.Spec is not { } spec) return Problems.Invalid(resolved.Errors);

        var outcome = await submit.RunAsync(
            CampaignKinds.Training, spec.Name, claim, SpecWriter.ToNode(spec), resolved.Asked, key, cancel);
        return outcome switch
        {
            Submission.Created created => TypedResults.CreatedAtRoute(await ViewAsync(created.Id), "GetCampaign", new { id = created.Id.Value }),
            Submission.Existing existing => TypedResults.Ok(await ViewAsync(existing.Id)),
            Submission.Conflict conflict => Problems.Of(409, ProblemTypes.IdempotencyConflict, "Another campaign has this key", conflict.Reason),
            Submission.UnknownKind unknown => Problems.Invalid([new("kind", unknown.Reason)]),
            _ => throw new NotSupportedException($"{outcome.GetType().Name} has no answer."),
        };

        async Task<CampaignView> ViewAsync(CampaignId id) => CampaignView.Of((await campaigns.FindAsync(id, cancel))!);
    }

    internal static async Task<Results<Ok<Slice<CampaignView>>, ProblemHttpResult>> ListAsync(
        CampaignQueries campaigns, string? state, string? kind, string? team, string? after, string? limit, CancellationToken cancel)
    {
        var query = new Query();
        var filter = new CampaignFilter(query.Word<CampaignState>("state", state), kind, team);
        var (cursor, most) = (query.Id("after", after), query.Limit(limit));
        if (query.Errors.Count > 0) return Problems.Invalid(query.Errors);
        var page = await campaigns.ListAsync(filter, cursor is { } id ? new CampaignId(id) : null, most, cancel);
        return TypedResults.Ok(new Slice<CampaignView>([.. page.Items.Select(CampaignView.Of)], page.Next?.ToString()));
    }

    internal static async Task<Results<Ok<CampaignDetail>, ProblemHttpResult>> GetAsync(Guid id, CampaignQueries campaigns, CancellationToken cancel) =>
        await campaigns.FindAsync(new(id), cancel) is { } campaign
            ? TypedResults.Ok(new CampaignDetail(
                CampaignView.Of(campaign), JsonNode.Parse(campaign.Spec)!, [.. (await campaigns.JobsAsync(campaign.Id, cancel)).Select(JobView.Of)]))
            : Missing(id);

    internal static async Task<Results<Ok<ExplanationView>, ProblemHttpResult>> ExplainAsync(Guid id, ExplainWait explain, CancellationToken cancel) =>
        await explain.CampaignAsync(new(id), cancel) is { } why ? TypedResults.Ok(ExplanationView.Of(why)) : Missing(id);

    internal static async Task<Results<Accepted<CampaignView>, ProblemHttpResult>> CancelAsync(
        Guid id, string? reason, CancelCampaign cancelCampaign, CampaignQueries campaigns, CancellationToken cancel)
    {
        var outcome = await cancelCampaign.RunAsync(new(id), string.IsNullOrWhiteSpace(reason) ? "asked for by a person" : reason[..Math.Min(reason.Length, 500)], cancel);
        if (outcome is Cancellation.NotFound || await campaigns.FindAsync(new(id), cancel) is not { } campaign) return Missing(id);
        return outcome is Cancellation.AlreadyEnded
            ? Problems.Of(409, ProblemTypes.AlreadyEnded, "Already ended", $"The campaign is {Words.Of(campaign.State)}; there is nothing to cancel.")
            : TypedResults.Accepted($"/api/campaigns/{id}", CampaignView.Of(campaign));
    }

    internal static async Task<Results<Accepted<CampaignView>, ProblemHttpResult>> PauseAsync(Guid id, string? reason, PauseCampaign pause, CampaignQueries campaigns, CancellationToken cancel) =>
        await PausedAsync(id, await pause.PauseAsync(new(id), string.IsNullOrWhiteSpace(reason) ? "asked for by a person" : reason[..Math.Min(reason.Length, 500)], cancel), "pause", campaigns, cancel);

    internal static async Task<Results<Accepted<CampaignView>, ProblemHttpResult>> ResumeAsync(Guid id, PauseCampaign pause, CampaignQueries campaigns, CancellationToken cancel) =>
        await PausedAsync(id, await pause.ResumeAsync(new(id), cancel), "resume", campaigns, cancel);

    private static async Task<Results<Accepted<CampaignView>, ProblemHttpResult>> PausedAsync(Guid id, Pausing outcome, string verb, CampaignQueries campaigns, CancellationToken cancel)
    {
        if (outcome is Pausing.NotFound || await campaigns.FindAsync(new(id), cancel) is not { } campaign) return Missing(id);
        return outcome is Pausing.NotLive
            ? Problems.Of(409, ProblemTypes.AlreadyEnded, "Already ended", $"The campaign is {Words.Of(campaign.State)}; there is nothing to {verb}.")
            : TypedResults.Accepted($"/api/campaigns/{id}", CampaignView.Of(campaign));
    }

    internal static async Task<Results<Ok<MetricSeries[]>, ProblemHttpResult>> MetricsAsync(Guid id, string? series, CampaignQueries campaigns, CancellationToken cancel)
    {
        if (await campaigns.FindAsync(new(id), cancel) is null) return Missing(id);
        var points = await campaigns.MetricsAsync(new(id), series, cancel);
        return TypedResults.Ok(points.GroupBy(p => p.Series).Select(g => new MetricSeries(g.Key, [.. g.Select(p => new MetricValue(p.Step, p.Value))])).ToArray());
    }

    internal static async Task<Results<Ok<ArtifactView[]>, ProblemHttpResult>> ArtifactsAsync(Guid id, CampaignQueries campaigns, CancellationToken cancel) =>
        await campaigns.FindAsync(new(id), cancel) is null
            ? Missing(id)
            : TypedResults.Ok((await campaigns.ArtifactsAsync(new(id), cancel)).Select(ArtifactView.Of).ToArray());

    internal static ProblemHttpResult Missing(Guid id) => Problems.NotFound($"There is no campaign {id}.");
}
