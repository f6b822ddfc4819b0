using System.Text.Json.Nodes;
using PortraitGen.Domain.Artifacts;

namespace PortraitGen.Domain.Curation;

/// <summary>A dataset version: an immutable selection of curated portraits. Its name is the SHA-256 of its canonical bytes.</summary>
/// <remarks>Holds content alone, no times and no ids: the same photos with the same names, captions and rights, in whatever order
/// they were uploaded, are the same version.</remarks>
public sealed record DatasetManifest
{
    /// <summary>The form of the JSON; another form gets another number.</summary>
    public const string Format = "portraitgen-dataset/1";

    private DatasetManifest(int size, IReadOnlyList<DatasetEntry> entries) => (Size, Entries) = (size, entries);

    /// <summary>Side of the training images, pixels.</summary>
    public int Size { get; }

    /// <summary>The portraits, sorted by the hash of their pixels.</summary>
    public IReadOnlyList<DatasetEntry> Entries { get; }

    public IEnumerable<DatasetEntry> Train => Entries.Where(e => e.Split == DatasetSplits.Train);

    public IEnumerable<DatasetEntry> HeldOut => Entries.Where(e => e.Split == DatasetSplits.HeldOut);

    /// <summary>The version's name.</summary>
    public ContentHash Hash => ContentHash.Of(ToBytes());

    /// <summary>A manifest of <paramref name="entries"/>, in any order.</summary>
    /// <exception cref="ArgumentException">Two entries have the same pixels.</exception>
    public static DatasetManifest Of(int size, IEnumerable<DatasetEntry> entries)
    {
        var sorted = entries.OrderBy(e => e.Pixels.Hex, StringComparer.Ordinal).ToList();
        for (int i = 1; i < sorted.Count; i++)
            if (sorted[i].Pixels == sorted[i - 1].Pixels) throw new ArgumentException($"Two entries have the pixels {sorted[i].Pixels}: drop duplicates first.", nameof(entries));
        return new(size, sorted);
    }

    /// <summary>The canonical bytes, as stored.</summary>
    public byte[] ToBytes() => CanonicalJson.ToBytes(new JsonObject
    {
        ["format"] = Format,
        ["size"] = Size,
        ["entries"] = new JsonArray([.. Entries.Select(e => e.ToJson())]),
    });

    /// <summary>Reads what <see cref="ToBytes"/> wrote.</summary>
    /// <exception cref="FormatException">The bytes are no dataset manifest of this form.</exception>
    public static DatasetManifest Parse(ReadOnlySpan<byte> bytes)
    {
        try
        {
            if (JsonNode.Parse(bytes) is not JsonObject root || JsonText.Of(root, "format") is not Format || root["size"] is not { } size || root["entries"] is not JsonArray entries)
                throw new FormatException($"This is no dataset manifest: 'format' must be {Format}, and 'size' and 'entries' must be there.");
            return Of(size.GetValue<int>(), entries.Select(DatasetEntry.FromJson));
        }
        catch (Exception e) when (e is System.Text.Json.JsonException or InvalidOperationException or ArgumentException)
        {
            throw new FormatException($"This is no dataset manifest: {e.Message}", e);
        }
    }
}
