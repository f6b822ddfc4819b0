using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using PortraitGen.Domain.Artifacts;

namespace PortraitGen.Jobs.Artifacts;

/// <summary>Which objects and results went by policy, so that whoever verifies a checkpoint can tell expiry from loss.</summary>
/// <remarks>Lists under <c>named/expired/</c>, a new one for each sweep. They are no part of any hash: whoever can delete objects can write them,
/// so an expired object is reported as what it is, never as intact.</remarks>
public sealed class ExpiredObjects
{
    private const string Folder = "expired";
    private readonly Dictionary<ContentHash, string> _why = [];

    /// <summary>Why and when; null for what no list names.</summary>
    public string? Find(ContentHash hash) => _why.GetValueOrDefault(hash);

    public static async Task<ExpiredObjects> ReadAsync(IArtifactStore store, CancellationToken cancel)
    {
        var expired = new ExpiredObjects();
        if (store is not IArtifactInventory inventory) return expired;
        string folder = $"{ArtifactNames.Named}/{Folder}/";
        await foreach (var item in inventory.ListAsync(folder, cancel))
            if (await store.GetNamedAsync(item.Key[(ArtifactNames.Named.Length + 1)..], cancel) is { } bytes) expired.Add(bytes);
        return expired;
    }

    /// <summary>Says that these will go, before they do.</summary>
    public static Task<bool> WriteAsync(IArtifactStore store, IReadOnlyDictionary<ContentHash, string> reasons, DateTimeOffset now, CancellationToken cancel)
    {
        var objects = new JsonObject();
        foreach (var (hash, reason) in reasons) objects[hash.Hex] = reason;
        var bytes = CanonicalJson.ToBytes(new JsonObject { ["at"] = now.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture), ["objects"] = objects });
        return store.TryPutNamedAsync($"{Folder}/{now.ToString("yyyyMMdd-HHmmss", CultureInfo.InvariantCulture)}-{ContentHash.Of(bytes).Hex[..16]}", bytes, cancel);
    }

    private void Add(byte[] bytes)
    {
        try
        {
            if (JsonNode.Parse(bytes) is not JsonObject list || list["objects"] is not JsonObject objects) return;
            foreach (var (hex, reason) in objects)
                if (ContentHash.TryParse(hex, out var hash)) _why[hash] = $"expired on {list["at"]}: {reason}";
        }
        catch (JsonException)
        {
            // An unreadable list vouches for nothing.
        }
    }
}
