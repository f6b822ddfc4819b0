using System.Text.Json;
using System.Text.Json.Nodes;

namespace PortraitGen.Api.Doctor;

internal static class ModelChecks
{
    private const string Name = "Base model";

    /// <summary>Whether the folder is in the diffusers layout and complete: a folder for each part of model_index.json, and all weight files.</summary>
    public static DoctorFinding Folder(string folder)
    {
        string index = Path.Combine(folder, "model_index.json");
        if (!File.Exists(index))
            return new(Name, DoctorLevel.Fail, $"{folder} has no model_index.json", "Give the folder of a model in the diffusers layout.");
        try
        {
            if (JsonNode.Parse(File.ReadAllText(index)) is not JsonObject parts)
                return new(Name, DoctorLevel.Fail, $"{index} holds no JSON object", "Fetch the model again.");
            var present = parts.Where(p => !p.Key.StartsWith('_') && p.Value is JsonArray { Count: 2 } pair && pair[1] is not null).Select(p => p.Key).ToArray();
            var missing = present.SelectMany(part => MissingOf(folder, part)).ToArray();
            return missing.Length == 0
                ? new(Name, DoctorLevel.Ok, $"{parts["_class_name"]} in {folder}: {string.Join(", ", present)}")
                : new(Name, DoctorLevel.Fail, $"{folder} lacks {string.Join(", ", missing.Take(5))}{(missing.Length > 5 ? $" and {missing.Length - 5} more" : "")}",
                    "Fetch these files of the model; weights as safetensors.");
        }
        catch (Exception e) when (e is JsonException or IOException or UnauthorizedAccessException or InvalidOperationException)
        {
            return new(Name, DoctorLevel.Fail, $"{folder} cannot be read: {e.Message.ReplaceLineEndings(" ")}", "Fetch the model again, and let this user read it.");
        }
    }

    private static IEnumerable<string> MissingOf(string folder, string part)
    {
        string path = Path.Combine(folder, part);
        if (!Directory.Exists(path)) return [$"{part}/"];
        if (part.StartsWith("scheduler", StringComparison.Ordinal)) return Need(path, part, "scheduler_config.json");
        if (part.StartsWith("tokenizer", StringComparison.Ordinal))
            return Directory.EnumerateFiles(path).Any(f => Path.GetFileName(f) is "vocab.json" or "tokenizer.json" or "spiece.model") ? [] : [$"{part}/tokenizer.json"];
        return Need(path, part, "config.json").Concat(MissingWeights(path, part));
    }

    private static IEnumerable<string> MissingWeights(string path, string part)
    {
        if (Directory.EnumerateFiles(path, "*.safetensors.index.json").FirstOrDefault() is not { } index)
            return Directory.EnumerateFiles(path, "*.safetensors").Any() ? [] : [$"{part}/*.safetensors"];
        var shards = JsonNode.Parse(File.ReadAllText(index))?["weight_map"] as JsonObject ?? [];
        return shards.Select(s => s.Value!.GetValue<string>()).Distinct().Where(s => !File.Exists(Path.Combine(path, s))).Select(s => $"{part}/{s}");
    }

    private static string[] Need(string path, string part, string file) => File.Exists(Path.Combine(path, file)) ? [] : [$"{part}/{file}"];
}
