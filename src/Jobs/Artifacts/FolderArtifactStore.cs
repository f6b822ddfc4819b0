using PortraitGen.Domain.Artifacts;

namespace PortraitGen.Jobs.Artifacts;

/// <summary>The artifact store in a folder that one or more processes share: objects under <c>objects/ab/abcd…</c>, the rest under <c>named/</c>.</summary>
public sealed partial class FolderArtifactStore : IArtifactStore
{
    private readonly string _root;
    private readonly DiskFiles _files;
    private readonly TimeProvider _clock;

    /// <param name="root">Made if it is missing. Stale temporary files in it are removed.</param>
    /// <param name="clock">Tells how old a temporary file is.</param>
    /// <exception cref="ArtifactStoreException">When the folder cannot be made or written to.</exception>
    public FolderArtifactStore(string root, TimeProvider? clock = null)
    {
        _root = Path.GetFullPath(root);
        _clock = clock ?? TimeProvider.System;
        _files = new(_root, _clock);
        _files.Prepare();
    }

    public async Task<ArtifactRef> PutAsync(ReadOnlyMemory<byte> content, string mediaType, CancellationToken cancel)
    {
        var hash = ContentHash.Of(content.Span);
        string path = _files.PathOf(ArtifactNames.KeyOf(hash));
        // Read rather than trusted: whoever makes a damaged object again heals it.
        if (await DiskFiles.ReadAsync(path, cancel) is not { } present || !content.Span.SequenceEqual(present))
            await _files.ReplaceAsync(path, content, cancel);
        return new(hash, content.Length, mediaType);
    }

    public async Task<byte[]> GetAsync(ContentHash hash, CancellationToken cancel)
    {
        string key = ArtifactNames.KeyOf(hash), path = _files.PathOf(key);
        byte[]? content = await DiskFiles.ReadAsync(path, cancel);
        // Again and again, as a collector at work may take it away between the two.
        while (content is null && await RestoreAsync(key, cancel)) content = await DiskFiles.ReadAsync(path, cancel);
        if (content is null) throw new ArtifactMissingException(hash.Hex, Describe());
        var found = ContentHash.Of(content);
        return found == hash ? content : throw new ArtifactCorruptException(hash.Hex, found.Hex, Describe());
    }

    public Task<bool> ExistsAsync(ContentHash hash, CancellationToken cancel) =>
        Task.FromResult(File.Exists(_files.PathOf(ArtifactNames.KeyOf(hash))));

    public async Task<bool> TryPutNamedAsync(string name, ReadOnlyMemory<byte> content, CancellationToken cancel)
    {
        string path = _files.PathOf(ArtifactNames.KeyOf(name));
        return !File.Exists(path) && await _files.CreateAsync(path, content, cancel);
    }

    public Task<byte[]?> GetNamedAsync(string name, CancellationToken cancel) =>
        DiskFiles.ReadAsync(_files.PathOf(ArtifactNames.KeyOf(name)), cancel);

    public string Describe() => $"the folder {_root}";
}
