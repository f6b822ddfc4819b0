using PortraitGen.Domain.Artifacts;
using PortraitGen.Domain.Curation;

namespace PortraitGen.Jobs.Curation;

/// <summary>What a curation campaign is asked to do: a batch of uploaded photos, to become a dataset version.</summary>
public sealed record CurationSpec
{
    public const int DefaultSize = 64;
    public const double DefaultHeldOut = 0.2;

    /// <summary>What people call the dataset.</summary>
    public required string Name { get; init; }

    /// <summary>The uploaded photos by name, sorted by ordinal; names are unique.</summary>
    public required IReadOnlyList<BatchPhoto> Photos { get; init; }

    /// <summary>Sidecar texts; see <see cref="Domain.Curation.Captions.For"/> for the keys.</summary>
    public required IReadOnlyDictionary<string, string> Captions { get; init; }

    /// <summary>Caption of photos without a sidecar.</summary>
    public required string CaptionTemplate { get; init; }

    /// <summary>What the upload left out, by name and reason.</summary>
    public required IReadOnlyList<RejectedPhoto> Skipped { get; init; }

    public required Rights Rights { get; init; }

    public required CurationRules Rules { get; init; }

    /// <summary>Side of the training images, pixels: a multiple of 16 from 16 to 1024.</summary>
    public required int Size { get; init; }

    /// <summary>Share of the photos held out for measuring, 0 to 0.5.</summary>
    public required double HeldOut { get; init; }
}

/// <summary>One uploaded photo.</summary>
/// <param name="Name">Its path within the batch, with forward slashes.</param>
public sealed record BatchPhoto(string Name, ArtifactRef Upload);
