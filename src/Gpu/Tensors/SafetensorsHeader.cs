using System.Text;
using System.Text.Json;
using TorchSharp;
using static TorchSharp.torch;

namespace PortraitGen.Gpu.Tensors;

/// <summary>Parses and proves the JSON header of a safetensors file. Nothing of it is believed before it is checked.</summary>
internal sealed class SafetensorsHeader
{
    /// <summary>The bound of the format's own reference reader, in bytes.</summary>
    public const long MaxLength = 100_000_000;
    private const int MaxRank = 32;

    private readonly string _label;
    public Dictionary<string, SafetensorsEntry> Entries { get; } = new(StringComparer.Ordinal);
    public Dictionary<string, string> Metadata { get; } = new(StringComparer.Ordinal);

    private SafetensorsHeader(string label) => _label = label;

    /// <summary>Reads a header.</summary>
    /// <param name="json">The header's bytes, without the length in front.</param>
    /// <param name="dataLength">Bytes of the file after the header; the tensors must cover them exactly.</param>
    /// <param name="label">The file's name for messages.</param>
    /// <exception cref="SafetensorsException">For anything that the format forbids.</exception>
    public static SafetensorsHeader Parse(ReadOnlySpan<byte> json, long dataLength, string label)
    {
        var header = new SafetensorsHeader(label);
        if (json.IsEmpty || json[0] != (byte)'{') throw header.Bad("the header does not begin with '{'; this is no safetensors file");
        try
        {
            var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = 8 });
            header.ReadAll(ref reader);
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or FormatException or OverflowException)
        {
            throw new SafetensorsException($"{label}: the header is no valid JSON: {Clean(error.Message)}", error);
        }

        header.CheckCover(dataLength);
        return header;
    }

    private void ReadAll(ref Utf8JsonReader reader)
    {
        reader.Read();
        bool metadataSeen = false;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            string name = reader.GetString()!;
            reader.Read();
            if (name == "__metadata__")
            {
                if (metadataSeen) throw Bad("__metadata__ appears twice");
                metadataSeen = true;
                ReadMetadata(ref reader);
            }
            else if (!Entries.TryAdd(name, ReadEntry(ref reader, name)))
            {
                throw Bad(name, "appears twice in the header");
            }
        }

        if (reader.Read()) throw Bad("the header goes on after its closing brace");
    }

    private void ReadMetadata(ref Utf8JsonReader reader)
    {
        if (reader.TokenType != JsonTokenType.StartObject) throw Bad("__metadata__ is no object");
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            string key = reader.GetString()!;
            reader.Read();
            if (reader.TokenType != JsonTokenType.String) throw Bad($"__metadata__ '{Clean(key)}' is no string");
            if (!Metadata.TryAdd(key, reader.GetString()!)) throw Bad($"__metadata__ '{Clean(key)}' appears twice");
        }
    }

    private SafetensorsEntry ReadEntry(ref Utf8JsonReader reader, string name)
    {
        if (reader.TokenType != JsonTokenType.StartObject) throw Bad(name, "is no object");
        ScalarType? dtype = null;
        long[]? shape = null, offsets = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            string key = reader.GetString()!;
            reader.Read();
            switch (key)
            {
                case "dtype" when dtype is null && reader.TokenType == JsonTokenType.String:
                    if (!SafetensorsDtype.TryParse(reader.GetString()!, out var parsed))
                        throw Bad(name, $"has dtype '{Clean(reader.GetString()!)}'; known are {SafetensorsDtype.Names}");
                    dtype = parsed;
                    break;
                case "shape" when shape is null: shape = ReadLongs(ref reader, name, key); break;
                case "data_offsets" when offsets is null: offsets = ReadLongs(ref reader, name, key); break;
                default: throw Bad(name, $"has an unknown, repeated or mistyped field '{Clean(key)}'");
            }
        }

        if (dtype is null || shape is null || offsets is not { Length: 2 }) throw Bad(name, "needs dtype, shape and two data_offsets");
        CheckSize(name, dtype.Value, shape, offsets);
        return new SafetensorsEntry(name, dtype.Value, shape, offsets[0], offsets[1]);
    }

    private long[] ReadLongs(ref Utf8JsonReader reader, string name, string key)
    {
        if (reader.TokenType != JsonTokenType.StartArray) throw Bad(name, $"has a {key} that is no list");
        var values = new List<long>();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType != JsonTokenType.Number || !reader.TryGetInt64(out long value))
                throw Bad(name, $"has a {key} that holds something else than 64-bit integers");
            if (value < 0) throw Bad(name, $"has {value} in its {key}; negative numbers are impossible");
            if (values.Count == MaxRank) throw Bad(name, $"has more than {MaxRank} numbers in its {key}");
            values.Add(value);
        }

        return [.. values];
    }

    private void CheckSize(string name, ScalarType dtype, long[] shape, long[] offsets)
    {
        UInt128 bytes = (UInt128)SafetensorsDtype.Size(dtype);
        bool empty = shape.Contains(0);
        foreach (long size in shape)
        {
            bytes = empty ? 0 : bytes * (UInt128)size;
            if (bytes > long.MaxValue) throw Bad(name, $"has shape [{string.Join(", ", shape)}], which overflows");
        }

        if (offsets[1] < offsets[0]) throw Bad(name, $"ends at byte {offsets[1]}, before its begin {offsets[0]}");
        if ((UInt128)(offsets[1] - offsets[0]) != bytes)
            throw Bad(name, $"takes {offsets[1] - offsets[0]} bytes, but {SafetensorsDtype.Name(dtype)} [{string.Join(", ", shape)}] needs {bytes}");
    }

    private void CheckCover(long dataLength)
    {
        long at = 0;
        foreach (var entry in Entries.Values.OrderBy(entry => entry.Begin).ThenBy(entry => entry.End))
        {
            if (entry.End > dataLength)
                throw Bad(entry.Name, $"ends at byte {entry.End}, but the file holds {dataLength} bytes of data; it is truncated or forged");
            if (entry.Begin < at) throw Bad(entry.Name, $"overlaps the tensor before it (begins at byte {entry.Begin}, that one ends at {at})");
            if (entry.Begin > at) throw Bad(entry.Name, $"leaves a hole of {entry.Begin - at} bytes before it, which the format forbids");
            at = entry.End;
        }

        if (at != dataLength) throw Bad($"{dataLength - at} bytes after the last tensor belong to none");
    }

    private SafetensorsException Bad(string what) => new($"{_label}: {what}.");

    private SafetensorsException Bad(string tensor, string what) => new($"{_label}: tensor '{Clean(tensor)}' {what}.");

    /// <summary>A name from outside, safe for one line of a log.</summary>
    internal static string Clean(string text)
    {
        var clean = new StringBuilder(text.Length);
        foreach (char c in text.AsSpan(0, Math.Min(text.Length, 120))) clean.Append(char.IsControl(c) ? '?' : c);
        return text.Length > 120 ? clean.Append("...").ToString() : clean.ToString();
    }
}
