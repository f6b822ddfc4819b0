using System.Text.Json;
using System.Text.Json.Nodes;
using PortraitGen.Domain.Artifacts;

namespace PortraitGen.Jobs.Campaigns;

/// <summary>One object of a checkpoint's chain.</summary>
/// <param name="Version">The policy version whose manifest names it; -1 when the manifest itself cannot be read.</param>
/// <param name="What">E.g. <c>manifest</c>, <c>policy</c>, <c>inputs.dataset</c>.</param>
/// <param name="Fault">What is broken; null when all is well.</param>
public sealed record ChainLink(long Version, string What, string Hash, string? Fault);

/// <summary>Recomputes every hash of a checkpoint, of what it was made from, and of all its parents. Believes nobody, the store included.</summary>
/// <remarks>A manifest is canonical JSON {version, parent (hash or null), policy (artifact reference), base, gradients and inputs (trees of hashes), spec, …}.</remarks>
/// <param name="read">The bytes of a hash, or null when they are not there.</param>
public sealed class VerifyCheckpoint(Func<ContentHash, CancellationToken, Task<byte[]?>> read)
{
    private readonly HashSet<(ContentHash Hash, long? Length)> _seen = [];
    private readonly List<ChainLink> _links = [];

    /// <summary>Each object once, from <paramref name="manifest"/> to the first version.</summary>
    public async Task<IReadOnlyList<ChainLink>> RunAsync(ContentHash manifest, CancellationToken cancel)
    {
        ContentHash? next = manifest;
        long? child = null;
        while (next is { } hash) (next, child) = await ManifestAsync(hash, child, cancel);
        return _links;
    }

    private async Task<(ContentHash? Parent, long? Version)> ManifestAsync(ContentHash hash, long? child, CancellationToken cancel)
    {
        var (bytes, fault) = await LoadAsync(hash, null, cancel);
        if (bytes is null) return Broken(fault!);
        if (Parse(bytes) is not { } manifest) return Broken("It is no checkpoint manifest: a JSON object with 'version', 'parent', 'policy' and 'inputs' is expected.");
        if (!CanonicalJson.ToBytes(manifest).AsSpan().SequenceEqual(bytes)) fault ??= "Its JSON is not canonical.";
        if (manifest["version"] is not JsonValue number || !number.TryGetValue(out long version)) return Broken("It has no 'version'.");
        if (child <= version) fault ??= $"Its version {version} is not below its child's, {child}.";

        ContentHash? parent = null;
        if (manifest["parent"] is JsonValue text && text.TryGetValue(out string? hex) && ContentHash.TryParse(hex, out var above)) parent = above;
        else if (!manifest.ContainsKey("parent") || manifest["parent"] is not null) fault ??= "Its 'parent' is neither null nor a hash.";
        _links.Add(new(version, "manifest", hash.Hex, fault));
        if (manifest["policy"] is JsonObject policy) await WalkAsync(version, "policy", policy, cancel);
        else _links.Add(new(version, "policy", "", "The manifest names no policy."));
        foreach (string part in new[] { "base", "gradients", "inputs" }) await WalkAsync(version, part, manifest[part], cancel);
        return (parent, version);

        (ContentHash?, long?) Broken(string why)
        {
            _links.Add(new(-1, "manifest", hash.Hex, why));
            return (null, null);
        }
    }

    /// <summary>Every hash and reference in a tree.</summary>
    private async Task WalkAsync(long version, string path, JsonNode? node, CancellationToken cancel)
    {
        switch (node)
        {
            case JsonObject o when o.ContainsKey("hash") && o.ContainsKey("length"):
                if (Reference(o) is { } reference) await ObjectAsync(version, path, reference.Hash, reference.Length, cancel);
                else _links.Add(new(version, path, "", "It is no artifact reference: 'hash', 'length' and 'type' are expected."));
                break;
            case JsonObject o:
                foreach (var (key, value) in o) await WalkAsync(version, $"{path}.{key}", value, cancel);
                break;
            case JsonArray list:
                for (int i = 0; i < list.Count; i++) await WalkAsync(version, $"{path}[{i}]", list[i], cancel);
                break;
            case JsonValue value when value.TryGetValue(out string? text) && ContentHash.TryParse(text, out var hash):
                await ObjectAsync(version, path, hash, null, cancel);
                break;
        }
    }

    private async Task ObjectAsync(long version, string path, ContentHash hash, long? length, CancellationToken cancel)
    {
        if (_seen.Add((hash, length))) _links.Add(new(version, path, hash.Hex, (await LoadAsync(hash, length, cancel)).Fault));
    }

    private async Task<(byte[]? Bytes, string? Fault)> LoadAsync(ContentHash hash, long? length, CancellationToken cancel)
    {
        try
        {
            if (await read(hash, cancel) is not { } bytes) return (null, "It is missing.");
            var found = ContentHash.Of(bytes);
            if (found != hash) return (null, $"It is corrupt: its bytes hash to {found}.");
            return (bytes, length is { } stated && stated != bytes.Length ? $"It has {bytes.Length} bytes, but {stated} are stated." : null);
        }
        catch (ArtifactMissingException)
        {
            return (null, "It is missing.");
        }
        catch (ArtifactCorruptException)
        {
            return (null, "It is corrupt: its bytes have another hash.");
        }
    }

    private static JsonObject? Parse(byte[] bytes)
    {
        try
        {
            return JsonNode.Parse(bytes) as JsonObject;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static ArtifactRef? Reference(JsonObject node)
    {
        try
        {
            return ArtifactRef.FromJson(node);
        }
        catch (Exception e) when (e is FormatException or InvalidOperationException)
        {
            return null;
        }
    }
}
