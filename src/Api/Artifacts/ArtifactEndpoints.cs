using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;
using Microsoft.Net.Http.Headers;
using PortraitGen.Api.Hosting;
using PortraitGen.Domain.Artifacts;
using PortraitGen.Domain.Campaigns;
using PortraitGen.Jobs.Artifacts;
using PortraitGen.Jobs.Data;

namespace PortraitGen.Api.Artifacts;

public static partial class ArtifactEndpoints
{
    public static RouteGroupBuilder MapArtifacts(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/api/artifacts").WithTags("Artifacts");
        group.MapGet("/{hash}", GetAsync).WithName("GetArtifact").WithSummary("Download a stored object").Produces<byte[]>(200, "application/octet-stream")
            .Produces(206).Produces(304).ProducesProblem(404).ProducesProblem(422).ProducesProblem(500)
            .WithDescription("By SHA-256. The bytes are checked against it before they are sent. Ranges and If-None-Match are honoured; what a hash names never changes.");
        group.MapGet("/{key}/result", ResultAsync).WithName("GetResult").WithSummary("The result index of an input key").Produces<byte[]>(200, MediaTypes.Json)
            .ProducesProblem(404).ProducesProblem(422).WithDescription("What the work of that key made, as the worker wrote it: its SHA-256 is stated in the certificate of the checkpoint that came of it.");
        group.MapGet("/{hash}/expiry", ExpiryAsync).WithName("GetExpiry").WithSummary("Why an object or a result is not there any more")
            .ProducesProblem(404).ProducesProblem(422).WithDescription("404 when no policy let it go.");
        return group;
    }

    internal static async Task<Results<FileContentHttpResult, ProblemHttpResult>> GetAsync(
        string hash, HttpContext http, JobsDb db, IArtifactStore store, ILogger<ArtifactDownload> log, CancellationToken cancel)
    {
        if (!ContentHash.TryParse(hash, out var name)) return Problems.Invalid([new("hash", "This is no SHA-256.", "64 lower-case hex digits")]);
        byte[] bytes;
        try
        {
            bytes = await store.GetAsync(name, cancel);
        }
        catch (ArtifactMissingException)
        {
            return Problems.NotFound($"There is no object {hash}.");
        }
        catch (ArtifactCorruptException e)
        {
            LogCorrupt(log, e.Message);
            return Problems.Of(500, ProblemTypes.CorruptArtifact, "The object is corrupt", $"The stored bytes of {hash} have another hash; the server's log names the place.");
        }

        var (file, type) = await DescribeAsync(db, name, bytes, cancel);
        http.Response.Headers.CacheControl = "private, max-age=31536000, immutable";
        http.Response.Headers.XContentTypeOptions = "nosniff";
        return TypedResults.Bytes(bytes, type, file, enableRangeProcessing: true, entityTag: new EntityTagHeaderValue($"\"{hash}\""));
    }

    internal static async Task<Results<FileContentHttpResult, ProblemHttpResult>> ResultAsync(string key, IArtifactStore store, CancellationToken cancel)
    {
        if (!ContentHash.TryParse(key, out var name)) return Problems.Invalid([new("key", "This is no input key.", "64 lower-case hex digits")]);
        return await store.GetNamedAsync(InputKey.ResultName(name), cancel) is { } bytes ? TypedResults.Bytes(bytes, MediaTypes.Json) : Problems.NotFound($"There is no result of {key}.");
    }

    internal static async Task<Results<Ok<Expiry>, ProblemHttpResult>> ExpiryAsync(string hash, IArtifactStore store, CancellationToken cancel)
    {
        if (!ContentHash.TryParse(hash, out var name)) return Problems.Invalid([new("hash", "This is no SHA-256.", "64 lower-case hex digits")]);
        return (await ExpiredObjects.ReadAsync(store, cancel)).Find(name) is { } why ? TypedResults.Ok(new Expiry(why)) : Problems.NotFound($"No policy let {hash} go.");
    }

    private static async Task<(string File, string Type)> DescribeAsync(JobsDb db, ContentHash hash, byte[] bytes, CancellationToken cancel)
    {
        if (await db.Artifacts.AsNoTracking().Where(a => a.Hash == hash).OrderBy(a => a.Name).FirstOrDefaultAsync(cancel) is { } artifact)
            return (artifact.Name.Split('/')[^1], artifact.MediaType);
        string type = await db.Photos.Where(p => p.Hash == hash).Select(p => p.MediaType).FirstOrDefaultAsync(cancel) ?? Sniff(bytes);
        return (hash.Hex + type switch { MediaTypes.Json => ".json", MediaTypes.Png => ".png", "image/jpeg" => ".jpg", _ => "" }, type);
    }

    private static string Sniff(ReadOnlySpan<byte> bytes) =>
        bytes.StartsWith("{"u8) ? MediaTypes.Json : bytes.StartsWith<byte>([0x89, 0x50, 0x4E, 0x47]) ? MediaTypes.Png : MediaTypes.Binary;

    [LoggerMessage(3001, LogLevel.Error, "A download was refused: {Why}")]
    private static partial void LogCorrupt(ILogger logger, string why);
}

/// <summary>When and why something went by policy.</summary>
public sealed record Expiry(string Why);

/// <summary>Names the log's category.</summary>
public sealed class ArtifactDownload;
