using System.Text.Json.Nodes;
using PortraitGen.Domain.Artifacts;

namespace PortraitGen.Jobs.Campaigns;

/// <summary>Base models as folders in the diffusers layout: found by name, and stored under one hash.</summary>
/// <param name="roots">The folders that hold model folders; the first that has one of a name gives it.</param>
public sealed class ModelFolders(IReadOnlyList<string> roots)
{
    private const string Index = "model_index.json";

    /// <summary>Larger files (a published transformer's shards have 10 GB) are stored in parts.</summary>
    internal const int LargestObject = 256 << 20;

    /// <summary>The folder of a model, or null.</summary>
    /// <param name="name">A folder's plain name: nothing that leads elsewhere.</param>
    public string? Find(string name)
    {
        if (name.Length == 0 || name[0] == '.' || name.AsSpan().IndexOfAny('/', '\\') >= 0) return null;
        return roots.Select(root => Path.Combine(root, name)).FirstOrDefault(folder => File.Exists(Path.Combine(folder, Index)));
    }

    /// <summary>The names that <see cref="Find"/> knows, sorted.</summary>
    public IReadOnlyList<string> Names() =>
        [.. roots.Where(Directory.Exists).SelectMany(Directory.EnumerateDirectories).Where(f => File.Exists(Path.Combine(f, Index))).Select(f => Path.GetFileName(f)!)
            .Where(n => n[0] != '.').Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];

    /// <summary>Stores each file of a model folder and a manifest {"files": {path: {hash, length, type}, or a list of them for a large file}} that names them; hidden files and links are passed over.</summary>
    /// <returns>The manifest. Its hash is the base model's: the same files give the same one.</returns>
    /// <exception cref="DirectoryNotFoundException">There is no such folder, or it holds no model.</exception>
    public static async Task<ArtifactRef> PublishAsync(string folder, IArtifactStore store, CancellationToken cancel)
    {
        if (!File.Exists(Path.Combine(folder, Index))) throw new DirectoryNotFoundException($"{folder} holds no {Index}: give a model folder in the diffusers layout.");
        var files = new JsonObject();
        foreach (string path in Walk(new DirectoryInfo(folder), "").Order(StringComparer.Ordinal))
        {
            files[path] = await StoreAsync(Path.Combine(folder, path), store, cancel);
        }

        return await store.PutAsync(CanonicalJson.ToBytes(new JsonObject { ["files"] = files }), MediaTypes.Json, cancel);
    }

    /// <summary>One object, or a list of them for a file that no store or message would like whole.</summary>
    private static async Task<JsonNode> StoreAsync(string file, IArtifactStore store, CancellationToken cancel)
    {
        await using var from = File.OpenRead(file);
        if (from.Length <= LargestObject)
        {
            byte[] whole = new byte[from.Length];
            await from.ReadExactlyAsync(whole, cancel);
            return (await store.PutAsync(whole, TypeOf(file), cancel)).ToJson();
        }

        var parts = new JsonArray();
        byte[] buffer = new byte[LargestObject];
        while (await from.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancel) is > 0 and var count)
            parts.Add(await PartAsync(buffer.AsMemory(0, count)));
        return parts;

        async Task<JsonNode> PartAsync(ReadOnlyMemory<byte> bytes) => (await store.PutAsync(bytes, MediaTypes.Binary, cancel)).ToJson();
    }

    private static IEnumerable<string> Walk(DirectoryInfo folder, string prefix)
    {
        foreach (var entry in folder.EnumerateFileSystemInfos().Where(e => e.Name[0] != '.' && e.LinkTarget is null))
            if (entry is DirectoryInfo inner) foreach (string path in Walk(inner, $"{prefix}{inner.Name}/")) yield return path;
            else yield return prefix + entry.Name;
    }

    private static string TypeOf(string path) => Path.GetExtension(path) switch
    {
        ".safetensors" => MediaTypes.Safetensors,
        ".json" => MediaTypes.Json,
        ".png" => MediaTypes.Png,
        ".txt" or ".md" => "text/plain",
        _ => MediaTypes.Binary,
    };
}
