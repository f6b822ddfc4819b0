using System.Text;
using System.Text.Json.Nodes;
using PortraitGen.Domain.Artifacts;
using PortraitGen.Domain.Curation;

namespace PortraitGen.Jobs.Curation;

/// <summary>Uploads a local folder of photos and writes the specification that curates it.</summary>
public static class FolderUpload
{
    /// <summary>Walks <paramref name="folder"/> and all folders in it, stores what begins like a photo, and takes <c>.txt</c> files of the same stem as captions.</summary>
    /// <remarks>Hidden files and folders (a leading dot) are passed over in silence; symbolic links are not followed; everything else that is not
    /// uploaded stands in <c>batch.skipped</c> with its reason. Files are taken in ordinal order of their names, so that limits cut the same everywhere.</remarks>
    /// <param name="name">What to call the dataset; null takes the folder's own name.</param>
    /// <returns>A specification for <see cref="CurationPlan"/>; the caller may add rules, size and heldOut.</returns>
    /// <exception cref="DirectoryNotFoundException">There is no such folder.</exception>
    public static async Task<JsonObject> ReadAsync(string folder, string? name, Rights rights, IArtifactStore store, UploadLimits limits, CancellationToken cancel)
    {
        var root = new DirectoryInfo(folder);
        if (!root.Exists) throw new DirectoryNotFoundException($"There is no folder {folder}: name one that holds photos (JPEG, PNG or WebP).");
        var files = new List<(string Name, FileInfo File)>();
        var skipped = new List<RejectedPhoto>();
        Walk(root, "", files, skipped, cancel);
        files.Sort((a, b) => string.CompareOrdinal(a.Name, b.Name));

        var texts = files.Where(f => f.Name.EndsWith(".txt", StringComparison.OrdinalIgnoreCase)).ToList();
        var photos = new JsonArray();
        var stems = new HashSet<string>(StringComparer.Ordinal);
        long total = 0;
        foreach (var (photoName, file) in files.Except(texts))
        {
            var (bytes, refusal) = await LoadAsync(file, limits.MaxPhotoBytes, cancel);
            refusal ??= PhotoFormat.Sniff(bytes!).Refusal;
            if (refusal is null && photos.Count >= limits.MaxPhotos) refusal = new(RejectionCodes.OverLimit, $"The upload already holds {limits.MaxPhotos} photos: upload the rest as another batch.");
            if (refusal is null && total + bytes!.Length > limits.MaxTotalBytes) refusal = new(RejectionCodes.OverLimit, $"With this file the upload would exceed {limits.MaxTotalBytes:N0} bytes: upload the rest as another batch.");
            if (refusal is not null) { skipped.Add(new(photoName, refusal)); continue; }
            total += bytes!.Length;
            var photo = (await store.PutAsync(bytes, PhotoFormat.Sniff(bytes).MediaType!, cancel)).ToJson();
            photo["name"] = photoName;
            photos.Add((JsonNode)photo);
            stems.UnionWith([photoName, Captions.Stem(photoName)]); // anna.txt and anna.jpg.txt both caption anna.jpg
        }

        var captions = new JsonObject();
        foreach (var (textName, file) in texts)
        {
            if (!stems.Contains(Captions.Stem(textName)))
            {
                skipped.Add(new(textName, RejectionCodes.NotAnImage, "The file is text, and no photo has its stem: it captions nothing."));
                continue;
            }
            var (bytes, refusal) = await LoadAsync(file, limits.MaxTextBytes, cancel);
            if (refusal is not null) skipped.Add(new(textName, refusal));
            else captions[Captions.Stem(textName)] = Encoding.UTF8.GetString(bytes!);
        }

        return new()
        {
            ["name"] = name ?? root.Name,
            ["batch"] = new JsonObject { ["name"] = root.Name, ["skipped"] = RejectedList.ToJson(skipped) },
            ["photos"] = photos,
            ["captions"] = captions,
            ["rights"] = rights.ToJson(),
        };
    }

    private static void Walk(DirectoryInfo folder, string prefix, List<(string, FileInfo)> files, List<RejectedPhoto> skipped, CancellationToken cancel)
    {
        cancel.ThrowIfCancellationRequested();
        IReadOnlyList<FileSystemInfo> entries;
        try
        {
            entries = [.. folder.EnumerateFileSystemInfos()];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            skipped.Add(new(prefix, RejectionCodes.Unreadable, $"The folder cannot be read: {e.GetType().Name}. Check its permissions."));
            return;
        }
        foreach (var entry in entries.Where(e => !e.Name.StartsWith('.')))
        {
            string name = prefix + entry.Name;
            if (name.Length > CurationSpecReader.MaxNameLength || name.Any(char.IsControl))
                skipped.Add(new(name, RejectionCodes.Unreadable, $"The name holds control characters or more than {CurationSpecReader.MaxNameLength} characters: rename it."));
            else if (entry.LinkTarget is not null) skipped.Add(new(name, RejectionCodes.Link, "It is a symbolic link, which is not followed: put the file itself into the folder."));
            else if (entry is DirectoryInfo inner) Walk(inner, name + "/", files, skipped, cancel);
            else if (entry is FileInfo file) files.Add((name, file));
        }
    }

    private static async Task<(byte[]? Bytes, Rejection? Refusal)> LoadAsync(FileInfo file, long maxBytes, CancellationToken cancel)
    {
        try
        {
            // Pipes and devices state no length; opening one could wait for ever.
            if (file.Length == 0) return (null, PhotoFormat.Sniff([]).Refusal);
            if (file.Length > maxBytes) return (null, new(RejectionCodes.TooLargeFile, $"The file has {file.Length:N0} bytes; at most {maxBytes:N0} are taken."));
            return (await File.ReadAllBytesAsync(file.FullName, cancel), null);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return (null, new(RejectionCodes.Unreadable, $"The file cannot be read: {e.GetType().Name}. Check its permissions and its name."));
        }
    }
}
