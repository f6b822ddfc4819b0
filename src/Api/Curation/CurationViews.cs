using System.Text.Json.Nodes;
using PortraitGen.Api.Hosting;
using PortraitGen.Domain.Curation;
using PortraitGen.Jobs.Curation;

namespace PortraitGen.Api.Curation;

/// <summary>A batch in a list.</summary>
/// <param name="Photos">Files of the upload, odd ones among them.</param>
/// <param name="SealedAt">Since when it is frozen; null while it is not.</param>
public sealed record BatchView(Guid Id, string Name, string Team, DateTimeOffset CreatedAt, DateTimeOffset? SealedAt, int Photos, int Accepted, int Rejected)
{
    public static BatchView Of(BatchSummary s) => new(
        s.Batch.Id.Value, s.Batch.Name, s.Batch.Team, s.Batch.CreatedAt, s.Batch.SealedAt, s.Photos, s.Accepted, s.Rejected);
}

/// <summary>A batch with one slice of its files.</summary>
/// <param name="Next">Give this as <c>after</c> for the next slice; null at the end.</param>
public sealed record BatchDetail(Guid Id, string Name, string Team, DateTimeOffset CreatedAt, DateTimeOffset? SealedAt, IReadOnlyList<PhotoView> Photos, string? Next);

/// <summary>A file of a batch.</summary>
/// <param name="State"><c>uploaded</c>, <c>accepted</c> or <c>rejected</c>.</param>
/// <param name="Reason">Why it was rejected.</param>
public sealed record PhotoView(string Name, string Hash, long Length, string MediaType, string State, string? Reason, string? Caption)
{
    public static PhotoView Of(Photo p) => new(
        p.Name, p.Hash.Hex, p.Length, p.MediaType, Words.Of(p.State), p.Reason, JsonNode.Parse(p.Details)?[PhotoDetails.Caption]?.GetValue<string>());
}

/// <summary>What an upload came to.</summary>
/// <param name="Photos">How many photos were stored.</param>
/// <param name="Skipped">Every file that was left out, with its reason.</param>
public sealed record UploadView(Guid Id, string Name, int Photos, int Captions, IReadOnlyList<RejectedPhoto> Skipped);

/// <summary>The form of an upload.</summary>
/// <param name="Licence">Under which licence the photos are used.</param>
/// <param name="Consent">How the people in the photos agreed.</param>
/// <param name="Source">Where the photos come from.</param>
/// <param name="Files">Photos, and texts of the same stem that caption them.</param>
public sealed record UploadForm(string Name, string Licence, string Consent, string Source, IFormFileCollection Files);

/// <summary>How a batch is frozen. All is optional.</summary>
/// <param name="Name">The dataset's name; the batch's own when missing.</param>
/// <param name="Rules">minSide, maxSide, maxPixels, maxBytes, maxAspect, minSharpness.</param>
/// <param name="Size">Side of the training images, pixels: a multiple of 16 from 16 to 1024.</param>
/// <param name="HeldOut">Share of the photos held out for measuring, 0 to 0.5.</param>
public sealed record FreezeRequest(string? Name, CurationRules? Rules, int? Size, double? HeldOut, string? CaptionTemplate);

/// <summary>A dataset version.</summary>
public sealed record DatasetView(Guid Id, string Name, string Team, string Hash, int Portraits, Guid? CampaignId, DateTimeOffset CreatedAt, JsonNode? Details)
{
    public static DatasetView Of(DatasetVersion d) => new(d.Id, d.Name, d.Team, d.Hash.Hex, d.Portraits, d.CampaignId?.Value, d.CreatedAt, JsonNode.Parse(d.Details));
}
