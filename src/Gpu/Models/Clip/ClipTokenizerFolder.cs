using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace PortraitGen.Gpu.Models.Clip;

/// <summary>The four files of a diffusers tokenizer folder.</summary>
internal static class ClipTokenizerFolder
{
    private const string Vocabulary = "vocab.json", MergeList = "merges.txt", Config = "tokenizer_config.json", Specials = "special_tokens_map.json";

    public static ClipTokenizer Read(string folder)
    {
        string config = Text(Config);
        var read = ConfigJson.Parse(config, Label(Config));
        var ids = ReadVocabulary(Text(Vocabulary), Label(Vocabulary));
        using var lines = new StringReader(Text(MergeList));
        // Files without a limit of their own carry a very large number there.
        int maxLength = (int)Math.Min(read.Number("model_max_length", 77, 2, double.MaxValue), 4096);
        return new ClipTokenizer(ids, [.. ReadMerges(lines)], maxLength, PadToken(config));

        string Label(string file) => Path.Combine(Path.GetFileName(folder), file);
        string Text(string file) => File.Exists(Path.Combine(folder, file))
            ? File.ReadAllText(Path.Combine(folder, file))
            : throw new ModelConfigException($"{Label(file)}: is missing; a CLIP tokenizer needs {Vocabulary}, {MergeList} and {Config}.");
    }

    public static IEnumerable<(string Left, string Right)> ReadMerges(TextReader lines)
    {
        int number = 0;
        while (lines.ReadLine() is { } line)
        {
            number++;
            // The first line is a version in merges.txt and a title in the published list.
            if (line.Length == 0 || (number == 1 && line.Contains("#version", StringComparison.Ordinal))) continue;
            string[] pair = line.Split(' ');
            if (pair.Length != 2 || pair[0].Length == 0 || pair[1].Length == 0)
                throw new ModelConfigException($"{MergeList}: line {number} must hold two tokens with a blank between them.");
            yield return (pair[0], pair[1]);
        }
    }

    public static void Write(ClipTokenizer tokenizer, string folder)
    {
        Directory.CreateDirectory(folder);
        var vocabulary = new JsonObject();
        foreach (var (token, id) in tokenizer.Ids.OrderBy(pair => pair.Value)) vocabulary[token] = id;
        Save(Vocabulary, vocabulary.ToJsonString(ConfigFormat.Indented));
        var merges = new StringBuilder("#version: 0.2\n");
        foreach (var (left, right) in tokenizer.Merges) merges.Append(left).Append(' ').Append(right).Append('\n');
        Save(MergeList, merges.ToString());
        Save(Config, new JsonObject
        {
            ["add_prefix_space"] = false,
            ["bos_token"] = ClipText.Start,
            ["do_lower_case"] = true,
            ["eos_token"] = ClipText.End,
            ["errors"] = "replace",
            ["model_max_length"] = tokenizer.MaxLength,
            ["pad_token"] = tokenizer.PadToken,
            ["tokenizer_class"] = "CLIPTokenizer",
            ["unk_token"] = ClipText.End,
        }.ToJsonString(ConfigFormat.Indented));
        Save(Specials, new JsonObject
        {
            ["bos_token"] = ClipText.Start,
            ["eos_token"] = ClipText.End,
            ["pad_token"] = tokenizer.PadToken,
            ["unk_token"] = ClipText.End,
        }.ToJsonString(ConfigFormat.Indented));

        void Save(string file, string text) => File.WriteAllText(Path.Combine(folder, file), text);
    }

    private static Dictionary<string, int> ReadVocabulary(string text, string label)
    {
        try
        {
            return JsonSerializer.Deserialize<Dictionary<string, int>>(text) ?? throw new ModelConfigException($"{label}: must hold a JSON object.");
        }
        catch (JsonException error)
        {
            throw new ModelConfigException($"{label}: must map tokens to whole numbers: {error.Message}", error);
        }
    }

    /// <summary>A token is a text, or an object that holds it as content.</summary>
    private static string PadToken(string config) => JsonNode.Parse(config)!["pad_token"] switch
    {
        JsonValue value when value.TryGetValue(out string? token) => token,
        JsonObject wrapped when wrapped["content"] is JsonValue value && value.TryGetValue(out string? token) => token,
        _ => ClipText.End,
    };
}
