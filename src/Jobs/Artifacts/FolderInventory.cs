using System.Runtime.CompilerServices;
using PortraitGen.Domain.Artifacts;

namespace PortraitGen.Jobs.Artifacts;

public sealed partial class FolderArtifactStore : IArtifactInventory
{
    public async IAsyncEnumerable<StoredItem> ListAsync(string prefix, [EnumeratorCancellation] CancellationToken cancel)
    {
        await Task.Yield(); // a folder has no waiting to do; the caller's thread is not kept through all of it
        string folder = _files.PathOf(prefix.TrimEnd('/'));
        if (!Directory.Exists(folder)) yield break;
        foreach (var file in new DirectoryInfo(folder).EnumerateFiles("*", SearchOption.AllDirectories))
        {
            cancel.ThrowIfCancellationRequested();
            if (Look(file) is { } found) yield return new(Path.GetRelativePath(_root, file.FullName).Replace(Path.DirectorySeparatorChar, '/'), found.Length, found.Written);
        }
    }

    public Task<bool> DiscardAsync(string key, DateTimeOffset before, CancellationToken cancel)
    {
        string path = _files.PathOf(key), trash = TrashOf(key);
        if (Look(new(path)) is not { } found || found.Written >= before) return Task.FromResult(false);
        Directory.CreateDirectory(Path.GetDirectoryName(trash)!);
        try
        {
            File.Move(path, trash, overwrite: true);
        }
        catch (FileNotFoundException)
        {
            return Task.FromResult(false); // another collector was first
        }

        // A file that was written between the look and the move goes back where its writer put it.
        if (Look(new(trash)) is { } moved && moved.Written >= before)
        {
            Restore(trash, path);
            return Task.FromResult(false);
        }

        try
        {
            File.SetLastWriteTimeUtc(trash, _clock.GetUtcNow().UtcDateTime); // from now on it lies in the trash
        }
        catch (FileNotFoundException)
        {
            // A reader brought it back already.
        }

        return Task.FromResult(true);
    }

    public Task<bool> RestoreAsync(string key, CancellationToken cancel) => Task.FromResult(Restore(TrashOf(key), _files.PathOf(key)));

    public Task PurgeAsync(string key, DateTimeOffset before, CancellationToken cancel)
    {
        if (Look(new(TrashOf(key))) is { } found && found.Written < before) File.Delete(TrashOf(key));
        return Task.CompletedTask;
    }

    public async IAsyncEnumerable<UnfinishedUpload> UploadsAsync([EnumeratorCancellation] CancellationToken cancel)
    {
        await foreach (var item in ListAsync("tmp", cancel)) yield return new(item.Key, item.Key, item.Length, item.Written);
    }

    public Task AbortAsync(UnfinishedUpload upload, CancellationToken cancel)
    {
        File.Delete(_files.PathOf(upload.Id));
        return Task.CompletedTask;
    }

    private string TrashOf(string key) => _files.PathOf($"{ArtifactNames.Trash}/{key}");

    /// <summary>Moves a file back, unless it was written anew meanwhile.</summary>
    private static bool Restore(string trash, string path)
    {
        try
        {
            if (File.Exists(path)) return true;
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.Move(trash, path, overwrite: true); // over what a writer put there this very moment: the same bytes
            return true;
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return File.Exists(path); // another reader brought it back
        }
    }

    private static (long Length, DateTimeOffset Written)? Look(FileInfo file)
    {
        try
        {
            file.Refresh();
            return file.Exists ? (file.Length, new(file.LastWriteTimeUtc, TimeSpan.Zero)) : null;
        }
        catch (FileNotFoundException)
        {
            return null;
        }
    }
}
