using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Net.Http.Headers;
using PortraitGen.Api.Campaigns;
using PortraitGen.Api.Hosting;
using PortraitGen.Domain.Artifacts;
using PortraitGen.Domain.Campaigns;
using PortraitGen.Domain.Curation;
using PortraitGen.Jobs.Campaigns;
using PortraitGen.Jobs.Curation;

namespace PortraitGen.Api.Curation;

public static class BatchEndpoints
{
    private const int MaxName = 200;

    public static RouteGroupBuilder MapBatches(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/api/batches").WithTags("Curation");
        group.MapPost("/", UploadAsync).WithName("UploadBatch").Accepts<UploadForm>("multipart/form-data").ProducesProblem(400).ProducesProblem(415).ProducesProblem(422)
            .WithSummary("Upload a batch of photos").WithDescription("Photos (JPEG, PNG, WebP) and .txt captions of the same stem. What is no photo is named in 'skipped' and the rest goes on.");
        group.MapGet("/", ListAsync).WithName("ListBatches").WithSummary("List batches, newest first").ProducesProblem(422);
        group.MapGet("/{id:guid}", GetAsync).WithName("GetBatch").WithSummary("Show a batch with its files").ProducesProblem(404).ProducesProblem(422);
        group.MapPost("/{id:guid}/freeze", FreezeAsync).WithName("FreezeBatch").Accepts<FreezeRequest>(SpecBody.Json, SpecBody.Yaml)
            .ProducesProblem(400).ProducesProblem(404).ProducesProblem(409).ProducesProblem(415).ProducesProblem(422)
            .WithSummary("Freeze a batch as a dataset version").WithDescription("Submits the curation that decodes, judges and snapshots the photos; the answer is its campaign.");
        return group;
    }

    internal static async Task<Results<CreatedAtRoute<UploadView>, ProblemHttpResult>> UploadAsync(
        HttpContext http, IArtifactStore store, UploadLimits limits, StoreBatch rows, CancellationToken cancel)
    {
        if (!MediaTypeHeaderValue.TryParse(http.Request.ContentType, out var type) || type.MediaType != "multipart/form-data"
            || HeaderUtilities.RemoveQuotes(type.Boundary).Value is not { Length: > 0 } boundary)
            return Problems.Of(415, ProblemTypes.Of(415), "Unsupported media type", "Send multipart/form-data with a boundary.");
        if (http.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size) size.MaxRequestBodySize = null; // the upload's own limits hold

        var upload = new BatchUpload(store, limits);
        try
        {
            await upload.ReadAsync(http.Request.Body, boundary, cancel);
        }
        catch (Exception e) when (e is InvalidDataException or BadHttpRequestException || (e is IOException && e is not Jobs.Artifacts.ArtifactStoreException))
        {
            return Problems.Malformed("", "The multipart form is broken or ends early.", "a complete multipart/form-data body");
        }

        string name = upload.Form.GetValueOrDefault("name", "").Trim();
        if (name.Length is 0 or > MaxName || name.Any(char.IsControl)) upload.Errors.Add(new("name", "The batch has no fit name.", $"1 to {MaxName} characters without control characters"));
        var (rights, faults) = Rights.Of(upload.Form.GetValueOrDefault("licence"), upload.Form.GetValueOrDefault("consent"), upload.Form.GetValueOrDefault("source"));
        upload.Errors.AddRange(faults.Select(f => new SpecError(f.Key, $"This {f.Message}", $"a text of 1 to {Rights.MaxLength} characters")));
        if (upload.Files.Count == 0) upload.Errors.Add(new("files", "The upload holds no photo.", "at least one file"));
        if (upload.Errors.Count > 0) return Problems.Invalid(upload.Errors);

        var id = await rows.RunAsync(name, Teams.Default, rights!, upload.Files, upload.Captions, cancel);
        var skipped = upload.Files.Where(f => f.Refusal is not null).Select(f => new RejectedPhoto(f.Name, f.Refusal!)).Concat(upload.Unnamed);
        return TypedResults.CreatedAtRoute(
            new UploadView(id.Value, name, upload.Files.Count(f => f.Refusal is null), upload.Captions.Count, [.. skipped.OrderBy(s => s.Name, StringComparer.Ordinal)]),
            "GetBatch", new { id = id.Value });
    }

    internal static async Task<Results<Ok<Slice<BatchView>>, ProblemHttpResult>> ListAsync(CurationQueries curation, string? after, string? limit, CancellationToken cancel)
    {
        var query = new Query();
        var (cursor, most) = (query.Id("after", after), query.Limit(limit));
        if (query.Errors.Count > 0) return Problems.Invalid(query.Errors);
        var page = await curation.BatchesAsync(cursor is { } id ? new BatchId(id) : null, most, cancel);
        return TypedResults.Ok(new Slice<BatchView>([.. page.Items.Select(BatchView.Of)], page.Next?.ToString()));
    }

    internal static async Task<Results<Ok<BatchDetail>, ProblemHttpResult>> GetAsync(Guid id, CurationQueries curation, string? after, string? limit, CancellationToken cancel)
    {
        var query = new Query();
        int most = query.Limit(limit);
        if (query.Errors.Count > 0) return Problems.Invalid(query.Errors);
        if (await curation.FindBatchAsync(new(id), cancel) is not { } batch) return Missing(id);
        var photos = await curation.PhotosAsync(batch.Id, after, most, cancel);
        return TypedResults.Ok(new BatchDetail(batch.Id.Value, batch.Name, batch.Team, batch.CreatedAt, batch.SealedAt, [.. photos.Select(PhotoView.Of)],
            photos.Count == most ? photos[^1].Name : null));
    }

    internal static async Task<Results<AcceptedAtRoute<CampaignView>, Ok<CampaignView>, ProblemHttpResult>> FreezeAsync(
        Guid id, HttpRequest request, FreezeBatch freeze, CampaignQueries campaigns, [FromHeader(Name = "Idempotency-Key")] string? key, CancellationToken cancel)
    {
        JsonNode? wishes = new JsonObject();
        if (request.ContentType is not null)
        {
            (wishes, var problem) = await SpecBody.ReadAsync(request, cancel);
            if (problem is not null) return problem;
        }

        if (wishes is not JsonObject document) return Problems.Invalid([new("", "An object is expected.", "an object of name, rules, size, heldOut, captionTemplate")]);
        return await freeze.RunAsync(new(id), document, key, cancel) switch
        {
            Freezing.NotFound => Missing(id),
            Freezing.Invalid invalid => Problems.Invalid([.. invalid.Faults.Select(f => new SpecError(f.Path, $"This {f.Message}"))]),
            Freezing.Submitted { Submission: Submission.Created created } => TypedResults.AcceptedAtRoute(await ViewAsync(created.Id), "GetCampaign", new { id = created.Id.Value }),
            Freezing.Submitted { Submission: Submission.Existing existing } => TypedResults.Ok(await ViewAsync(existing.Id)),
            Freezing.Submitted { Submission: Submission.Conflict conflict } => Problems.Of(409, ProblemTypes.IdempotencyConflict, "Another campaign has this key", conflict.Reason),
            var other => throw new NotSupportedException($"{other} has no answer."),
        };

        async Task<CampaignView> ViewAsync(CampaignId campaign) => CampaignView.Of((await campaigns.FindAsync(campaign, cancel))!);
    }

    private static ProblemHttpResult Missing(Guid id) => Problems.NotFound($"There is no batch {id}.");
}
