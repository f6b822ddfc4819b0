using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using PortraitGen.Domain.Campaigns;

namespace PortraitGen.Api.Hosting;

/// <summary>What clients tell errors apart by. The names are stable; titles and details are for people.</summary>
public static class ProblemTypes
{
    public const string Prefix = "urn:portraitgen:problem:";
    public const string InvalidInput = Prefix + "invalid-input";
    public const string MalformedBody = Prefix + "malformed-body";
    public const string NotFound = Prefix + "not-found";
    public const string IdempotencyConflict = Prefix + "idempotency-conflict";
    public const string AlreadyEnded = Prefix + "already-ended";
    public const string NotFailed = Prefix + "not-failed";
    public const string TooLarge = Prefix + "too-large";
    public const string CorruptArtifact = Prefix + "corrupt-artifact";
    public const string Internal = Prefix + "internal";

    /// <summary>For answers that no endpoint wrote, e.g. of routing.</summary>
    public static string Of(int status) => status switch
    {
        StatusCodes.Status404NotFound => NotFound,
        StatusCodes.Status413PayloadTooLarge => TooLarge,
        StatusCodes.Status400BadRequest => MalformedBody,
        >= 500 => Internal,
        _ => $"{Prefix}http-{status}",
    };
}

/// <summary>Errors as RFC 9457 problem details. No exception's text is ever among them.</summary>
public static class Problems
{
    /// <summary>422 with every fault: its path, what is wrong, and what is allowed.</summary>
    public static ProblemHttpResult Invalid(IReadOnlyList<SpecError> errors) => Invalid(errors, StatusCodes.Status422UnprocessableEntity, ProblemTypes.InvalidInput);

    /// <summary>400: the body cannot be read as what it says it is.</summary>
    public static ProblemHttpResult Malformed(string path, string message, string allowed) =>
        Invalid([new(path, message, allowed)], StatusCodes.Status400BadRequest, ProblemTypes.MalformedBody);

    public static ProblemHttpResult NotFound(string detail) => Of(StatusCodes.Status404NotFound, ProblemTypes.NotFound, "Not found", detail);

    public static ProblemHttpResult Of(int status, string type, string title, string detail) =>
        TypedResults.Problem(new ProblemDetails { Status = status, Type = type, Title = title, Detail = detail });

    private static ProblemHttpResult Invalid(IReadOnlyList<SpecError> errors, int status, string type) => TypedResults.Problem(new ProblemDetails
    {
        Status = status,
        Type = type,
        Title = status == StatusCodes.Status400BadRequest ? "The body cannot be read" : "The input is invalid",
        Detail = errors.Count == 1 ? errors[0].ToString() : $"{errors.Count} faults; 'errors' names each.",
        Extensions = { ["errors"] = errors },
    });
}
