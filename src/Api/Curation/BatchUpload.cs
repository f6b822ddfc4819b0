using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Net.Http.Headers;
using PortraitGen.Domain.Artifacts;
using PortraitGen.Domain.Campaigns;
using PortraitGen.Domain.Curation;
using PortraitGen.Jobs.Curation;

namespace PortraitGen.Api.Curation;

/// <summary>Reads an upload part by part: one photo is in memory at a time, and what is no photo is named and left out.</summary>
internal sealed class BatchUpload(IArtifactStore store, UploadLimits limits)
{
    /// <summary>The database's width of a photo's name.</summary>
    private const int MaxName = 400;
    private const int MaxField = 2000;
    private static readonly string[] Fields = ["name", "licence", "consent", "source"];
    private readonly Dictionary<string, UploadedFile> _files = new(StringComparer.Ordinal);
    private long _total;
    private int _photos;

    public Dictionary<string, string> Form { get; } = [];

    /// <summary>Sidecar texts by the photo's name or stem.</summary>
    public Dictionary<string, string> Captions { get; } = new(StringComparer.Ordinal);

    public IReadOnlyList<UploadedFile> Files => [.. _files.Values.OrderBy(f => f.Name, StringComparer.Ordinal)];

    /// <summary>Files that have no row of their own, as their name is taken or unfit.</summary>
    public List<RejectedPhoto> Unnamed { get; } = [];

    public List<SpecError> Errors { get; } = [];

    /// <exception cref="InvalidDataException">The body is no multipart form.</exception>
    /// <exception cref="IOException">It ends early.</exception>
    public async Task ReadAsync(Stream body, string boundary, CancellationToken cancel)
    {
        var reader = new MultipartReader(boundary, body) { BodyLengthLimit = null };
        while (await reader.ReadNextSectionAsync(cancel) is { } section)
        {
            if (!ContentDispositionHeaderValue.TryParse(section.ContentDisposition, out var header)) throw new InvalidDataException("A part has no Content-Disposition.");
            string? file = header.FileNameStar.Value ?? HeaderUtilities.RemoveQuotes(header.FileName).Value;
            if (file is not null) await FileAsync(file.Replace('\\', '/'), section.Body, cancel);
            else await FieldAsync(HeaderUtilities.RemoveQuotes(header.Name).Value ?? "", section.Body, cancel);
        }

        CaptionsWithoutPhoto();
    }

    private async Task FieldAsync(string name, Stream body, CancellationToken cancel)
    {
        var (bytes, _) = await LoadAsync(body, MaxField, cancel);
        if (!Fields.Contains(name)) Errors.Add(new(name, "There is no such field.", string.Join(", ", Fields) + ", and files"));
        else if (bytes is null) Errors.Add(new(name, "The text is too long.", $"at most {MaxField} bytes"));
        else Form[name] = Encoding.UTF8.GetString(bytes);
    }

    private async Task FileAsync(string name, Stream body, CancellationToken cancel)
    {
        bool text = name.EndsWith(".txt", StringComparison.OrdinalIgnoreCase);
        var (bytes, reference) = await LoadAsync(body, text ? limits.MaxTextBytes : limits.MaxPhotoBytes, cancel);
        if (name.Length is 0 or > MaxName || name.Any(char.IsControl))
            Unnamed.Add(new(name.Length == 0 ? "(no name)" : name[..Math.Min(name.Length, MaxName)], RejectionCodes.Unreadable, $"The name is empty, holds control characters or has more than {MaxName}: rename the file."));
        else if (_files.ContainsKey(name)) Unnamed.Add(new(name, RejectionCodes.DuplicateOf, "Two files of the upload have this name: rename one."));
        else if (_files.Count >= 2 * limits.MaxPhotos) Unnamed.Add(new(name, RejectionCodes.OverLimit, $"The upload holds more than {2 * limits.MaxPhotos} files: upload the rest as another batch."));
        else if (text && bytes is not null) Captions[Domain.Curation.Captions.Stem(name)] = Encoding.UTF8.GetString(bytes);
        else if (Refusal(bytes, reference.Length, text) is { } refusal) _files[name] = new(name, reference, refusal);
        else
        {
            (_total, _photos) = (_total + reference.Length, _photos + 1);
            _files[name] = new(name, await store.PutAsync(bytes!, PhotoFormat.Sniff(bytes).MediaType!, cancel), null);
        }
    }

    private Rejection? Refusal(byte[]? bytes, long length, bool text) =>
        bytes is null ? new(RejectionCodes.TooLargeFile, $"The file has {length:N0} bytes; at most {(text ? limits.MaxTextBytes : limits.MaxPhotoBytes):N0} are taken.")
        : PhotoFormat.Sniff(bytes).Refusal is { } refusal ? refusal
        : _photos >= limits.MaxPhotos ? new(RejectionCodes.OverLimit, $"The upload already holds {limits.MaxPhotos} photos: upload the rest as another batch.")
        : _total + length > limits.MaxTotalBytes ? new(RejectionCodes.OverLimit, $"With this file the upload would exceed {limits.MaxTotalBytes:N0} bytes: upload the rest as another batch.")
        : null;

    private void CaptionsWithoutPhoto()
    {
        var keys = _files.Values.Where(f => f.Refusal is null).SelectMany(f => Domain.Curation.Captions.KeysOf(f.Name)).ToHashSet(StringComparer.Ordinal);
        foreach (string stem in Captions.Keys.Where(k => !keys.Contains(k)))
            Unnamed.Add(new(stem + ".txt", RejectionCodes.NotAnImage, "The file is text, and no photo has its stem: it captions nothing."));
    }

    /// <summary>The bytes, or null beyond the limit; the hash and length are of the whole either way, so that a refused file can be told again.</summary>
    private static async Task<(byte[]? Bytes, ArtifactRef Reference)> LoadAsync(Stream body, long most, CancellationToken cancel)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        using var kept = new MemoryStream();
        byte[] buffer = new byte[64 << 10];
        long length = 0;
        for (int read; (read = await body.ReadAsync(buffer, cancel)) > 0;)
        {
            length += read;
            hash.AppendData(buffer, 0, read);
            if (length <= most) kept.Write(buffer, 0, read);
            else kept.SetLength(0);
        }

        return (length <= most ? kept.ToArray() : null, new(ContentHash.Parse(Convert.ToHexStringLower(hash.GetHashAndReset())), length, MediaTypes.Binary));
    }
}
