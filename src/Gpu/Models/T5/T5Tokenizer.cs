using System.Text.Json.Nodes;
using Microsoft.ML.Tokenizers;
using TorchSharp;
using static TorchSharp.torch;

namespace PortraitGen.Gpu.Models.T5;

/// <summary>T5's sentencepiece tokenizer. Read-only once made.</summary>
public sealed class T5Tokenizer
{
    private const string Model = "spiece.model", Config = "tokenizer_config.json";
    private const int Pad = 0, End = 1, Unknown = 2;
    /// <summary>
    /// T5 has no begin token (bos_id -1), and Microsoft.ML.Tokenizers 2.0.1 indexes by that. A protobuf message may go on: this repeats trainer_spec (field 2) with
    /// bos_id (field 41) = 2. No text is ever given a begin token here, so nothing else changes.
    /// </summary>
    private static readonly byte[] SomeBegin = [0x12, 3, 0xC8, 0x02, 2];
    private readonly byte[] _model;
    private readonly SentencePieceTokenizer _pieces;

    /// <param name="model">A sentencepiece model file.</param>
    /// <param name="maxLength">Tokens per prompt, the end counted.</param>
    /// <exception cref="ModelConfigException">The bytes are no sentencepiece model.</exception>
    public T5Tokenizer(byte[] model, int maxLength)
    {
        if (maxLength < 1) throw new ModelConfigException($"tokenizer: model_max_length is {maxLength}; at least 1 is needed.");
        (_model, MaxLength) = (model, maxLength);
        try
        {
            using var stream = new MemoryStream([.. model, .. SomeBegin]);
            _pieces = SentencePieceTokenizer.Create(stream, addBeginningOfSentence: false, addEndOfSentence: false);
        }
        catch (Exception error) when (error is not OutOfMemoryException)
        {
            throw new ModelConfigException($"{Model}: is no sentencepiece model: {error.Message}", error);
        }
    }

    /// <summary>Tokens per prompt, the end counted.</summary>
    public int MaxLength { get; }

    public int VocabSize => _pieces.Vocabulary.Values.Max() + 1;

    /// <summary>From a diffusers tokenizer folder: spiece.model and tokenizer_config.json.</summary>
    /// <exception cref="ModelConfigException">A file is missing or wrong.</exception>
    public static T5Tokenizer FromFolder(string folder)
    {
        string label = Path.GetFileName(folder), model = Path.Combine(folder, Model), config = Path.Combine(folder, Config);
        if (!File.Exists(model)) throw new ModelConfigException($"{label}/{Model}: is missing; T5's tokenizer is read from it, not from tokenizer.json.");
        int most = File.Exists(config) ? (int)Math.Min(ConfigJson.Parse(File.ReadAllText(config), $"{label}/{Config}").Number("model_max_length", 512, 1, double.MaxValue), 4096) : 512;
        return new T5Tokenizer(File.ReadAllBytes(model), most);
    }

    /// <summary>Writes spiece.model and tokenizer_config.json.</summary>
    public void Save(string folder)
    {
        Directory.CreateDirectory(folder);
        File.WriteAllBytes(Path.Combine(folder, Model), _model);
        File.WriteAllText(Path.Combine(folder, Config), new JsonObject
        {
            ["eos_token"] = "</s>",
            ["model_max_length"] = MaxLength,
            ["pad_token"] = "<pad>",
            ["tokenizer_class"] = "T5Tokenizer",
            ["unk_token"] = "<unk>",
        }.ToJsonString(ConfigFormat.Indented));
    }

    /// <summary>The ids of a text without the end, however many there are.</summary>
    public IReadOnlyList<int> Encode(string text)
    {
        var ids = new List<int>();
        foreach (int id in _pieces.EncodeToIds(text, addBeginningOfSentence: false, addEndOfSentence: false))
            if (id != Unknown || ids.Count == 0 || ids[^1] != Unknown) ids.Add(id); // sentencepiece makes one piece of a run of unknown characters, the package one of each
        return ids;
    }

    /// <summary>The text (cut if need be), end, padding: [B, <paramref name="length"/>] int64.</summary>
    public Tensor Batch(IReadOnlyList<string> texts, int length, Device? device = null)
    {
        long[] rows = new long[texts.Count * length];
        Array.Fill(rows, Pad);
        for (int row = 0; row < texts.Count; row++)
        {
            int at = row * length;
            foreach (int id in Encode(texts[row]).Take(length - 1)) rows[at++] = id;
            rows[at] = End;
        }

        return tensor(rows, [texts.Count, length], ScalarType.Int64, device);
    }
}
