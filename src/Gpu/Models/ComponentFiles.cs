using System.Text.Json.Nodes;
using PortraitGen.Gpu.Tensors;
using TorchSharp;
using static TorchSharp.torch;

namespace PortraitGen.Gpu.Models;

/// <summary>The files of one component of a model folder: its config, and its weights in one file or in shards with an index.</summary>
internal sealed class ComponentFiles(string root, string component, string weightsName)
{
    /// <summary>Folders may carry a half-precision copy beside the weights, or instead of them.</summary>
    private static readonly string[] Variants = ["", ".fp16"];

    private string Folder => Path.Combine(root, component);

    /// <summary>The text of a JSON file beside the weights.</summary>
    /// <exception cref="ModelConfigException">It is missing.</exception>
    public string Text(string file) => File.Exists(Path.Combine(Folder, file))
        ? File.ReadAllText(Path.Combine(Folder, file))
        : throw new ModelConfigException($"{Label(file)}: is missing.");

    public string Label(string file) => $"{component}/{file}";

    /// <summary>Opens the weights, builds a model from them, and closes them again. Names and shapes are checked before the first tensor is read.</summary>
    /// <exception cref="ModelConfigException">There are no safetensors here.</exception>
    public T Build<T>(Device? device, ScalarType? dtype, Func<Weights, T> build) where T : IDisposable
    {
        var files = Open();
        try
        {
            using (NewDisposeScope())
            {
                var held = files.SelectMany(file => file.Entries.Values).ToLookup(entry => entry.Name);
                if (held.FirstOrDefault(entry => entry.Count() > 1) is { } twice)
                    throw new WeightsException($"{component}: tensor '{twice.Key}' is in more than one of {string.Join(", ", files.Select(file => file.Label))}.");
                build(Weights.Shapes(component, held.ToDictionary(entry => entry.Key, entry => (long[]?)entry.First().Shape, StringComparer.Ordinal))).Dispose();
            }

            return build(Weights.From(files, component, device, dtype));
        }
        finally
        {
            foreach (var file in files) file.Dispose();
        }
    }

    /// <summary>What the files here say of names and shapes: headers where there are weights, else an index, whose shapes are null; null without either.</summary>
    public IReadOnlyDictionary<string, long[]?>? Stated()
    {
        if (SingleFile() is not null || (IndexFile() is { } index && WeightMap(index).Values.All(shard => File.Exists(Path.Combine(Folder, shard)))))
        {
            var files = Open();
            try
            {
                return files.SelectMany(file => file.Entries.Values).ToDictionary(entry => entry.Name, entry => (long[]?)entry.Shape, StringComparer.Ordinal);
            }
            finally
            {
                foreach (var file in files) file.Dispose();
            }
        }

        return IndexFile() is { } names ? WeightMap(names).Keys.ToDictionary(name => name, _ => (long[]?)null, StringComparer.Ordinal) : null;
    }

    /// <summary>Bytes of one number as the weights here have it: of their headers, else of the index's total, else of the config's torch_dtype; null when nothing says.</summary>
    /// <param name="numbers">How many numbers the component has.</param>
    public double? BytesPerNumber(long numbers)
    {
        if (SingleFile() is not null || (IndexFile() is { } shards && WeightMap(shards).Values.All(shard => File.Exists(Path.Combine(Folder, shard)))))
        {
            var files = Open();
            try
            {
                return files.Sum(file => file.Entries.Values.Sum(entry => entry.End - entry.Begin)) / (double)numbers;
            }
            finally
            {
                foreach (var file in files) file.Dispose();
            }
        }

        if (IndexFile() is { } index && JsonNode.Parse(Text(index))?["metadata"]?["total_size"] is JsonValue total && total.TryGetValue(out long bytes)) return bytes / (double)numbers;
        return ConfigJson.Parse(Text("config.json"), Label("config.json")).Text("torch_dtype", "") switch { "float16" or "bfloat16" => 2, "float32" => 4, _ => null };
    }

    private string? SingleFile() => Variants.Select(variant => $"{weightsName}{variant}.safetensors").FirstOrDefault(name => File.Exists(Path.Combine(Folder, name)));

    private string? IndexFile() => Variants.Select(variant => $"{weightsName}.safetensors.index{variant}.json").FirstOrDefault(name => File.Exists(Path.Combine(Folder, name)));

    private List<SafetensorsFile> Open()
    {
        var files = new List<SafetensorsFile>();
        try
        {
            if (SingleFile() is { } single) files.Add(SafetensorsFile.Open(Path.Combine(Folder, single)));
            else if (IndexFile() is { } index) OpenShards(index, files);
            else throw new ModelConfigException($"{Label(weightsName + ".safetensors")}: is missing, and so is its index; only safetensors are read.");
            return files;
        }
        catch
        {
            foreach (var file in files) file.Dispose();
            throw;
        }
    }

    private void OpenShards(string index, List<SafetensorsFile> files)
    {
        var map = WeightMap(index);
        foreach (string shard in map.Values.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal))
        {
            if (!File.Exists(Path.Combine(Folder, shard))) throw new ModelConfigException($"{Label(shard)}: is missing, but the index names it.");
            var file = SafetensorsFile.Open(Path.Combine(Folder, shard));
            files.Add(file);
            foreach (var (name, home) in map)
                if (home == shard && !file.Entries.ContainsKey(name)) throw new ModelConfigException($"{Label(shard)}: lacks tensor '{name}', which the index puts there.");
        }
    }

    private Dictionary<string, string> WeightMap(string index)
    {
        string label = Label(index);
        try
        {
            if (JsonNode.Parse(Text(index))?["weight_map"] is not JsonObject { Count: > 0 } map) throw new ModelConfigException($"{label}: has no weight_map.");
            var read = map.ToDictionary(pair => pair.Key, pair => pair.Value!.GetValue<string>(), StringComparer.Ordinal);
            // A name from outside must not lead out of the folder.
            return read.Values.FirstOrDefault(shard => shard != Path.GetFileName(shard) || shard is "" or "." or "..") is { } bad
                ? throw new ModelConfigException($"{label}: '{SafetensorsHeader.Clean(bad)}' is no plain file name.")
                : read;
        }
        catch (Exception error) when (error is System.Text.Json.JsonException or InvalidOperationException or NullReferenceException)
        {
            throw new ModelConfigException($"{label}: is no index of safetensors: {error.Message}", error);
        }
    }
}
