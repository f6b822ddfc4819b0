using Microsoft.AspNetCore.Http.HttpResults;
using PortraitGen.Api.Hosting;
using PortraitGen.Jobs.Curation;

namespace PortraitGen.Api.Curation;

public static class DatasetEndpoints
{
    public static RouteGroupBuilder MapDatasets(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/api/datasets").WithTags("Curation");
        group.MapGet("/", ListAsync).WithName("ListDatasets").WithSummary("List dataset versions, newest first").ProducesProblem(422);
        group.MapGet("/{nameOrHash}", GetAsync).WithName("GetDataset").WithSummary("Show a dataset version").ProducesProblem(404)
            .WithDescription("By hash, or the newest version of a name. Its manifest is the artifact of the same hash.");
        return group;
    }

    internal static async Task<Results<Ok<Slice<DatasetView>>, ProblemHttpResult>> ListAsync(
        CurationQueries curation, string? name, string? after, string? limit, CancellationToken cancel)
    {
        var query = new Query();
        var (cursor, most) = (query.Id("after", after), query.Limit(limit));
        if (query.Errors.Count > 0) return Problems.Invalid(query.Errors);
        var page = await curation.DatasetsAsync(name, cursor, most, cancel);
        return TypedResults.Ok(new Slice<DatasetView>([.. page.Items.Select(DatasetView.Of)], page.Next?.ToString()));
    }

    internal static async Task<Results<Ok<DatasetView>, ProblemHttpResult>> GetAsync(string nameOrHash, CurationQueries curation, CancellationToken cancel) =>
        await curation.FindDatasetAsync(nameOrHash, cancel) is { } dataset
            ? TypedResults.Ok(DatasetView.Of(dataset))
            : Problems.NotFound($"There is no dataset version '{nameOrHash[..Math.Min(nameOrHash.Length, 100)]}'.");
}
