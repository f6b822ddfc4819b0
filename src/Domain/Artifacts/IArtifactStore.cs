namespace PortraitGen.Domain.Artifacts;

/// <summary>Where bytes live: immutable objects under their SHA-256, and a few named objects that are written once.</summary>
/// <remarks>Two adapters: a folder and S3. One conformance suite holds both to this contract.</remarks>
public interface IArtifactStore
{
    /// <summary>Stores <paramref name="content"/> under its hash. Storing the same bytes again changes nothing.</summary>
    Task<ArtifactRef> PutAsync(ReadOnlyMemory<byte> content, string mediaType, CancellationToken cancel);

    /// <summary>Reads an object and checks its hash.</summary>
    /// <exception cref="ArtifactMissingException">There is no such object.</exception>
    /// <exception cref="ArtifactCorruptException">The stored bytes have another hash.</exception>
    Task<byte[]> GetAsync(ContentHash hash, CancellationToken cancel);

    Task<bool> ExistsAsync(ContentHash hash, CancellationToken cancel);

    /// <summary>Writes a named object if there is none of that name. False, and no change, when there is one (If-None-Match).</summary>
    /// <param name="name">Slash-separated, lower-case, no leading slash, e.g. <c>results/ab12…</c>.</param>
    Task<bool> TryPutNamedAsync(string name, ReadOnlyMemory<byte> content, CancellationToken cancel);

    /// <summary>Reads a named object, or null when there is none.</summary>
    Task<byte[]?> GetNamedAsync(string name, CancellationToken cancel);

    /// <summary>Says where the store is, for people: never with a password.</summary>
    string Describe();
}

/// <summary>An object that something refers to is not in the store.</summary>
public sealed class ArtifactMissingException(string name, string store)
    : Exception($"The object {name} is not in {store}.")
{
    public string Name { get; } = name;
}

/// <summary>An object's bytes do not have the hash that names them.</summary>
public sealed class ArtifactCorruptException(string name, string found, string store)
    : Exception($"The object {name} in {store} is corrupt: its bytes hash to {found}. Restore it from a replica or delete it so that it is made again.")
{
    public string Name { get; } = name;
}
