using System.Text.Json.Nodes;
using PortraitGen.Gpu.Tensors;
using TorchSharp;
using static TorchSharp.torch;

namespace PortraitGen.Gpu.Models;

/// <summary>The files of one component of a model folder: its config, and its weights in one file or in shards with an index.</summary>
internal sealed class ComponentFiles(string root, string component, string weightsName)
{
    private string Folder => Path.Combine(root, component);

    /// <summary>The text of a JSON file beside the weights.</summary>
    /// <exception cref="ModelConfigException">It is missing.</exception>
    public string Text(string file) => File.Exists(Path.Combine(Folder, file))
        ? File.ReadAllText(Path.Combine(Folder, file))
        : throw new ModelConfigException($"{Label(file)}: is missing.");

    public string Label(string file) => $"{component}/{file}";

    /// <summary>Opens the weights, builds a model from them, and closes them again.</summary>
    /// <exception cref="ModelConfigException">There are no safetensors here.</exception>
    public T Build<T>(Device? device, ScalarType? dtype, Func<Weights, T> build)
    {
        var files = new List<SafetensorsFile>();
        try
        {
            string single = weightsName + ".safetensors", index = single + ".index.json";
            if (File.Exists(Path.Combine(Folder, single))) files.Add(SafetensorsFile.Open(Path.Combine(Folder, single)));
            else if (File.Exists(Path.Combine(Folder, index))) OpenShards(index, files);
            else throw new ModelConfigException($"{Label(single)}: is missing, and so is its index; only safetensors are read.");
            return build(Weights.From(files, component, device, dtype));
        }
        finally
        {
            foreach (var file in files) file.Dispose();
        }
    }

    private void OpenShards(string index, List<SafetensorsFile> files)
    {
        var map = WeightMap(Text(index), Label(index));
        foreach (string shard in map.Values.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal))
        {
            // A name from outside must not lead out of the folder.
            if (shard != Path.GetFileName(shard) || shard is "" or "." or "..") throw new ModelConfigException($"{Label(index)}: '{SafetensorsHeader.Clean(shard)}' is no plain file name.");
            if (!File.Exists(Path.Combine(Folder, shard))) throw new ModelConfigException($"{Label(shard)}: is missing, but the index names it.");
            var file = SafetensorsFile.Open(Path.Combine(Folder, shard));
            files.Add(file);
            foreach (var (name, home) in map)
                if (home == shard && !file.Entries.ContainsKey(name)) throw new ModelConfigException($"{Label(shard)}: lacks tensor '{name}', which the index puts there.");
        }
    }

    private static Dictionary<string, string> WeightMap(string text, string label)
    {
        try
        {
            if (JsonNode.Parse(text)?["weight_map"] is JsonObject { Count: > 0 } map)
                return map.ToDictionary(pair => pair.Key, pair => pair.Value!.GetValue<string>(), StringComparer.Ordinal);
        }
        catch (Exception error) when (error is System.Text.Json.JsonException or InvalidOperationException or NullReferenceException)
        {
            throw new ModelConfigException($"{label}: is no index of safetensors: {error.Message}", error);
        }

        throw new ModelConfigException($"{label}: has no weight_map.");
    }
}
