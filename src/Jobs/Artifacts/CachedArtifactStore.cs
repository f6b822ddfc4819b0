using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using PortraitGen.Domain.Artifacts;

namespace PortraitGen.Jobs.Artifacts;

/// <summary>Keeps recently used objects of a distant store in a local folder, which several workers of one machine may share.</summary>
/// <remarks>
/// Whether an object exists and what a name holds is always asked of the inner store. A cached file's hash is checked on its first use in
/// this process. The file's time of last write is its time of last use: times of access are often switched off. A cache that cannot be
/// written slows the work down, it does not stop it.
/// </remarks>
public sealed partial class CachedArtifactStore : IArtifactStore, IDisposable
{
    private readonly IArtifactStore _inner;
    private readonly string _folder;
    private readonly long _maxBytes;
    private readonly TimeProvider _clock;
    private readonly ILogger _logger;
    private readonly DiskFiles _files;
    private readonly ConcurrentDictionary<ContentHash, bool> _checked = new();
    private readonly Lock _gate = new();
    private long _bytes;

    /// <param name="inner">Where the truth is. Disposed with this, if it can be.</param>
    /// <param name="folder">For the cache alone: what is in its way is deleted.</param>
    /// <param name="maxBytes">Above this, the least recently used go until a tenth is free. An object larger than this is not kept.</param>
    /// <param name="clock">Gives the times of use.</param>
    /// <param name="logger">Hears of damaged copies and of a cache that cannot be written.</param>
    public CachedArtifactStore(
        IArtifactStore inner, string folder, long maxBytes, TimeProvider? clock = null, ILogger<CachedArtifactStore>? logger = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(maxBytes);
        (_inner, _folder, _maxBytes) = (inner, Path.GetFullPath(folder), maxBytes);
        (_clock, _logger) = (clock ?? TimeProvider.System, logger ?? NullLogger<CachedArtifactStore>.Instance);
        _files = new(_folder, _clock);
        _files.Prepare();
        Shrink();
    }

    public async Task<ArtifactRef> PutAsync(ReadOnlyMemory<byte> content, string mediaType, CancellationToken cancel)
    {
        var artifact = await _inner.PutAsync(content, mediaType, cancel);
        await KeepAsync(artifact.Hash, content, cancel);
        return artifact;
    }

    public async Task<byte[]> GetAsync(ContentHash hash, CancellationToken cancel)
    {
        if (await FindAsync(hash, cancel) is { } cached) return cached;
        var content = await _inner.GetAsync(hash, cancel);
        await KeepAsync(hash, content, cancel);
        return content;
    }

    public Task<bool> ExistsAsync(ContentHash hash, CancellationToken cancel) => _inner.ExistsAsync(hash, cancel);

    public Task<bool> TryPutNamedAsync(string name, ReadOnlyMemory<byte> content, CancellationToken cancel) =>
        _inner.TryPutNamedAsync(name, content, cancel);

    public Task<byte[]?> GetNamedAsync(string name, CancellationToken cancel) => _inner.GetNamedAsync(name, cancel);

    public string Describe() => $"{_inner.Describe()}, cached in {_folder}";

    public void Dispose() => (_inner as IDisposable)?.Dispose();

    private string PathOf(ContentHash hash) => _files.PathOf(ArtifactNames.KeyOf(hash));

    private async Task<byte[]?> FindAsync(ContentHash hash, CancellationToken cancel)
    {
        string path = PathOf(hash);
        try
        {
            if (await DiskFiles.ReadAsync(path, cancel) is not { } content) return null;
            if (!_checked.ContainsKey(hash) && ContentHash.Of(content) != hash)
            {
                LogDamaged(path);
                File.Delete(path);
                return null;
            }

            _checked[hash] = true;
            File.SetLastWriteTimeUtc(path, _clock.GetUtcNow().UtcDateTime);
            return content;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Another process may have evicted the file between our steps.
            if (File.Exists(path)) LogUnusable(_folder, e.Message);
            return null;
        }
    }

    private async Task KeepAsync(ContentHash hash, ReadOnlyMemory<byte> content, CancellationToken cancel)
    {
        string path = PathOf(hash);
        if (content.Length > _maxBytes || (_checked.ContainsKey(hash) && File.Exists(path))) return;
        try
        {
            await _files.ReplaceAsync(path, content, cancel);
            File.SetLastWriteTimeUtc(path, _clock.GetUtcNow().UtcDateTime);
            _checked[hash] = true;
            if (Interlocked.Add(ref _bytes, content.Length) > _maxBytes) Shrink();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            LogUnusable(_folder, e.Message);
        }
    }

    /// <summary>Counts anew, as other processes add and evict too, and evicts the least recently used when there is too much.</summary>
    private void Shrink()
    {
        lock (_gate)
        {
            var objects = new DirectoryInfo(_files.PathOf(ArtifactNames.Objects));
            FileInfo[] files = objects.Exists ? objects.GetFiles("*", SearchOption.AllDirectories) : [];
            long total = files.Sum(LengthOf), target = total > _maxBytes ? _maxBytes - _maxBytes / 10 : _maxBytes;
            foreach (var file in files.OrderBy(f => f.LastWriteTimeUtc).ThenBy(f => f.Name, StringComparer.Ordinal))
            {
                if (total <= target) break;
                total -= LengthOf(file);
                file.Delete();
                if (ContentHash.TryParse(file.Name, out var hash)) _checked.TryRemove(hash, out _);
            }

            Interlocked.Exchange(ref _bytes, total);
        }
    }

    private static long LengthOf(FileInfo file)
    {
        try
        {
            return file.Length;
        }
        catch (FileNotFoundException)
        {
            return 0; // evicted by another process meanwhile
        }
    }

    [LoggerMessage(1401, LogLevel.Warning, "The cached copy {Path} was damaged. It is fetched again.")]
    private partial void LogDamaged(string path);

    [LoggerMessage(1402, LogLevel.Warning, "The artifact cache {Folder} cannot be used, so objects are fetched each time: {Reason}")]
    private partial void LogUnusable(string folder, string reason);
}
