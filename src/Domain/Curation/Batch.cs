using PortraitGen.Domain.Artifacts;
using PortraitGen.Domain.Campaigns;

namespace PortraitGen.Domain.Curation;

/// <summary>One upload of photos. It grows while it is open; sealed, it never changes.</summary>
public sealed class Batch
{
    private Batch() { }

    public Batch(BatchId id, string name, string team, DateTimeOffset now) => (Id, Name, Team, CreatedAt) = (id, name, team, now);

    public BatchId Id { get; private set; }
    public string Name { get; private set; } = "";
    public string Team { get; private set; } = "";
    public DateTimeOffset CreatedAt { get; private set; }
    public DateTimeOffset? SealedAt { get; private set; }

    public bool Seal(DateTimeOffset now)
    {
        if (SealedAt is not null) return false;
        SealedAt = now;
        return true;
    }
}

public enum PhotoState { Uploaded, Accepted, Rejected }

/// <summary>One uploaded photo: a name in its batch and the bytes as they came.</summary>
public sealed class Photo
{
    private Photo() { }

    public Photo(Guid id, BatchId batchId, string name, ArtifactRef original, DateTimeOffset now) =>
        (Id, BatchId, Name, Hash, Length, MediaType, CreatedAt) = (id, batchId, name, original.Hash, original.Length, original.MediaType, now);

    public Guid Id { get; private set; }
    public BatchId BatchId { get; private set; }

    /// <summary>The file's name; unique within the batch.</summary>
    public string Name { get; private set; } = "";

    public ContentHash Hash { get; private set; }
    public long Length { get; private set; }
    public string MediaType { get; private set; } = "";
    public PhotoState State { get; private set; }

    /// <summary>Why it was rejected, in one sentence; null otherwise.</summary>
    public string? Reason { get; private set; }

    /// <summary>JSON that came beside it or that curation found: caption, rights, measures.</summary>
    public string Details { get; private set; } = "{}";

    public DateTimeOffset CreatedAt { get; private set; }

    /// <summary>The bytes that curation made of it: upright, without metadata.</summary>
    public ContentHash? CuratedHash { get; private set; }

    public bool Describe(string details)
    {
        if (State is not PhotoState.Uploaded) return false;
        Details = details;
        return true;
    }

    public bool Accept(ContentHash curated, string details)
    {
        if (State is not PhotoState.Uploaded) return false;
        (State, CuratedHash, Details) = (PhotoState.Accepted, curated, details);
        return true;
    }

    public bool Reject(string reason)
    {
        if (State is not PhotoState.Uploaded) return false;
        (State, Reason) = (PhotoState.Rejected, reason);
        return true;
    }
}

/// <summary>An immutable selection of curated portraits, named by the hash of its manifest.</summary>
public sealed class DatasetVersion
{
    private DatasetVersion() { }

    public DatasetVersion(Guid id, string name, string team, ContentHash manifest, long manifestLength, int portraits, string details, CampaignId? campaignId, DateTimeOffset now) =>
        (Id, Name, Team, Hash, ManifestLength, Portraits, Details, CampaignId, CreatedAt) =
        (id, name, team, manifest, manifestLength, portraits, details, campaignId, now);

    public Guid Id { get; private set; }
    public string Name { get; private set; } = "";
    public string Team { get; private set; } = "";

    /// <summary>SHA-256 of the manifest, which names every portrait with caption, rights and provenance.</summary>
    public ContentHash Hash { get; private set; }

    public long ManifestLength { get; private set; }
    public int Portraits { get; private set; }

    /// <summary>JSON: counts by reason, thresholds.</summary>
    public string Details { get; private set; } = "{}";

    /// <summary>The curation that made it.</summary>
    public CampaignId? CampaignId { get; private set; }

    public DateTimeOffset CreatedAt { get; private set; }
}
