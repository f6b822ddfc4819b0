using System.Text.Json;
using System.Text.Json.Nodes;
using PortraitGen.Domain.Artifacts;
using PortraitGen.Domain.Curation;

namespace PortraitGen.Jobs.Campaigns;

/// <summary>Recomputes every hash of a checkpoint, of what it was made from, and of all its parents. Believes nobody, the store included.</summary>
/// <remarks>A manifest is canonical JSON {version, parent (hash or null), policy, average and moments (artifact references), base, gradients and inputs (hashes), spec, work, …}.
/// The specification names the dataset version with its portraits; the work's document names every work since the parent (<see cref="VerifyWorks"/>).</remarks>
public sealed class VerifyCheckpoint(ChainSource source)
{
    private static readonly string[] MadeFrom = ["gradients", "inputs"];
    private readonly ChainReader _chain = new(source);

    /// <summary>Each object once, from <paramref name="manifest"/> to the first version.</summary>
    public async Task<IReadOnlyList<ChainLink>> RunAsync(ContentHash manifest, CancellationToken cancel)
    {
        var works = new VerifyWorks(_chain);
        ContentHash? next = manifest;
        long? child = null;
        while (next is { } hash) (next, child) = await ManifestAsync(hash, child, works, cancel);
        works.RequireOrigins();
        return _chain.Links;
    }

    private async Task<(ContentHash? Parent, long? Version)> ManifestAsync(ContentHash hash, long? child, VerifyWorks works, CancellationToken cancel)
    {
        var (bytes, fault, expired) = await _chain.LoadAsync(hash, null, cancel);
        if (bytes is null) return Broken(fault, expired);
        if (Parse(bytes) is not { } manifest) return Broken("It is no checkpoint manifest: a JSON object with 'version', 'parent' and 'policy' is expected.", null);
        if (!CanonicalJson.ToBytes(manifest).AsSpan().SequenceEqual(bytes)) fault ??= "Its JSON is not canonical.";
        if (manifest["version"] is not JsonValue number || !number.TryGetValue(out long version)) return Broken("It has no 'version'.", null);
        if (child <= version) fault ??= $"Its version {version} is not below its child's, {child}.";

        var parent = Hash(manifest["parent"]);
        if (parent is null && (!manifest.ContainsKey("parent") || manifest["parent"] is not null)) fault ??= "Its 'parent' is neither null nor a hash.";
        _chain.Links.Add(new(version, "manifest", hash.Hex, fault));
        works.Known(hash);
        if (manifest["policy"] is JsonObject policy) await WalkAsync(version, "policy", policy, works, cancel);
        else _chain.Links.Add(new(version, "policy", "", "The manifest names no policy."));
        foreach (string part in VerifyWorks.PolicyParts)
            if (manifest[part] is JsonObject reference) await WalkAsync(version, part, reference, works, cancel);
        if (Hash(manifest["base"]) is { } model) await BaseAsync(version, model, works, cancel);
        foreach (string part in MadeFrom) await WalkAsync(version, part, manifest[part], null, cancel);
        if (Hash(manifest["work"]) is not { } work) return (parent, version);
        if (Hash(manifest["spec"]) is { } spec) await SpecAsync(version, spec, works, cancel);
        await works.UpdateAsync(version, hash, manifest, work, cancel);
        return (parent, version);

        (ContentHash?, long?) Broken(string? why, string? gone)
        {
            _chain.Links.Add(new(-1, "manifest", hash.Hex, why, gone));
            return (null, null);
        }
    }

    private async Task BaseAsync(long version, ContentHash hash, VerifyWorks works, CancellationToken cancel)
    {
        works.Known(hash);
        if (await _chain.ObjectAsync(version, "base", hash, null, cancel) is not { } bytes || Parse(bytes)?["files"] is not JsonObject files) return;
        foreach (var (path, file) in files) await WalkAsync(version, $"base/{path}", file, null, cancel);
    }

    /// <summary>The specification, and the dataset version that it names with every portrait.</summary>
    private async Task SpecAsync(long version, ContentHash hash, VerifyWorks works, CancellationToken cancel)
    {
        works.Known(hash);
        if (await _chain.ObjectAsync(version, "spec", hash, null, cancel) is not { } bytes || Hash(Parse(bytes)?["dataset"]) is not { } dataset) return;
        if (await _chain.ObjectAsync(version, "dataset", dataset, null, cancel) is not { } manifest) return;
        try
        {
            int i = 0;
            foreach (var entry in DatasetManifest.Parse(manifest).Entries)
            {
                works.Known(entry.Image.Hash);
                await _chain.ReferenceAsync(version, $"dataset.portrait[{i}].image", entry.Image, cancel);
                await _chain.ReferenceAsync(version, $"dataset.portrait[{i++}].full", entry.Full, cancel);
            }
        }
        catch (FormatException e)
        {
            _chain.Links.Add(new(version, "dataset", dataset.Hex, e.Message));
        }
    }

    /// <summary>Every hash and reference in a tree.</summary>
    private async Task WalkAsync(long version, string path, JsonNode? node, VerifyWorks? works, CancellationToken cancel)
    {
        switch (node)
        {
            case JsonObject o when o.ContainsKey("hash") && o.ContainsKey("length"):
                if (Reference(o) is { } reference)
                {
                    works?.Known(reference.Hash);
                    await _chain.ReferenceAsync(version, path, reference, cancel);
                }
                else
                {
                    _chain.Links.Add(new(version, path, "", "It is no artifact reference: 'hash', 'length' and 'type' are expected."));
                }
                break;
            case JsonObject o:
                foreach (var (key, value) in o) await WalkAsync(version, $"{path}.{key}", value, works, cancel);
                break;
            case JsonArray list:
                for (int i = 0; i < list.Count; i++) await WalkAsync(version, $"{path}[{i}]", list[i], works, cancel);
                break;
            case JsonValue when Hash(node) is { } hash:
                await _chain.ObjectAsync(version, path, hash, null, cancel);
                break;
        }
    }

    private static ContentHash? Hash(JsonNode? node) =>
        node is JsonValue value && value.TryGetValue(out string? text) && ContentHash.TryParse(text, out var hash) ? hash : null;

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
