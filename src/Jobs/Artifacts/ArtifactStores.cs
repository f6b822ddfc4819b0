using Microsoft.Extensions.Logging;
using PortraitGen.Domain.Artifacts;

namespace PortraitGen.Jobs.Artifacts;

/// <summary>The switch between a folder and a bucket. Nothing else chooses.</summary>
public static class ArtifactStores
{
    /// <param name="s3">As <see cref="S3Options.Parse(string)"/> reads it; null or empty for the folder.</param>
    /// <param name="folder">Where the artifacts lie when there is no bucket.</param>
    /// <exception cref="FormatException">When <paramref name="s3"/> is malformed.</exception>
    /// <exception cref="ArtifactStoreException">When the folder cannot be used. A server is first asked when something is read or written.</exception>
    public static IArtifactStore Open(string? s3, string folder, TimeProvider? clock = null, ILoggerFactory? logs = null) =>
        string.IsNullOrWhiteSpace(s3)
            ? new FolderArtifactStore(folder, clock)
            : new S3ArtifactStore(S3Options.Parse(s3), clock: clock, logger: logs?.CreateLogger<S3ArtifactStore>());

    /// <summary>As <see cref="Open"/>, and what comes from a bucket is kept in <paramref name="cacheFolder"/>, up to <paramref name="cacheBytes"/>.</summary>
    public static IArtifactStore OpenCached(
        string? s3, string folder, string cacheFolder, long cacheBytes, TimeProvider? clock = null, ILoggerFactory? logs = null)
    {
        var store = Open(s3, folder, clock, logs);
        return store is FolderArtifactStore
            ? store
            : new CachedArtifactStore(store, cacheFolder, cacheBytes, clock, logs?.CreateLogger<CachedArtifactStore>());
    }
}
