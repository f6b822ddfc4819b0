using System.Buffers.Binary;
using System.Text.Encodings.Web;
using System.Text.Json;
using TorchSharp;
using static TorchSharp.torch;

namespace PortraitGen.Gpu.Tensors;

/// <summary>
/// Writes canonical safetensors: equal tensors give equal bytes. Keys are sorted (ordinal), the data lie by element size (largest
/// first, so that each is aligned) then by key, the header is padded with blanks to 8 bytes, and there is no free metadata unless given.
/// </summary>
public static class SafetensorsWriter
{
    // Names of tensors are plain: the relaxed encoder only spares '+' and the like an escape.
    private static readonly JsonWriterOptions Json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The file as bytes.</summary>
    /// <exception cref="SafetensorsException">A name twice, or an element type that the format lacks.</exception>
    public static byte[] ToBytes(IEnumerable<(string Name, Tensor Value)> tensors, IReadOnlyDictionary<string, string>? metadata = null)
    {
        using var buffer = new MemoryStream();
        Write(buffer, tensors, metadata);
        return buffer.ToArray();
    }

    /// <summary>Writes to a file: first beside it, then by renaming, so that no reader ever sees half a file.</summary>
    public static void WriteFile(string path, IEnumerable<(string Name, Tensor Value)> tensors, IReadOnlyDictionary<string, string>? metadata = null)
    {
        string part = path + ".part";
        using (var file = File.Create(part)) Write(file, tensors, metadata);
        File.Move(part, path, overwrite: true);
    }

    /// <summary>Writes to a stream. Tensors on other devices are copied one at a time.</summary>
    public static void Write(Stream to, IEnumerable<(string Name, Tensor Value)> tensors, IReadOnlyDictionary<string, string>? metadata = null)
    {
        var laid = tensors
            .OrderByDescending(tensor => SafetensorsDtype.Size(tensor.Value.dtype))
            .ThenBy(tensor => tensor.Name, StringComparer.Ordinal)
            .ToList();
        byte[] header = Header(laid, metadata);
        Span<byte> prefix = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(prefix, (ulong)header.Length);
        to.Write(prefix);
        to.Write(header);
        foreach (var (_, value) in laid)
        {
            if (value.numel() == 0) continue;
            using var scope = NewDisposeScope();
            to.Write(value.detach().cpu().contiguous().bytes);
        }
    }

    private static byte[] Header(List<(string Name, Tensor Value)> laid, IReadOnlyDictionary<string, string>? metadata)
    {
        var offsets = new SortedDictionary<string, (Tensor Value, long Begin, long End)>(StringComparer.Ordinal);
        long at = 0;
        foreach (var (name, value) in laid)
        {
            long end = at + value.numel() * SafetensorsDtype.Size(value.dtype);
            if (name == "__metadata__" || !offsets.TryAdd(name, (value, at, end)))
                throw new SafetensorsException($"tensor '{SafetensorsHeader.Clean(name)}' is named twice or by a reserved word; nothing was written.");
            at = end;
        }

        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, Json))
        {
            json.WriteStartObject();
            if (metadata is { Count: > 0 }) WriteMetadata(json, metadata);
            foreach (var (name, (value, begin, end)) in offsets)
            {
                json.WriteStartObject(name);
                json.WriteString("dtype", SafetensorsDtype.Name(value.dtype));
                json.WriteStartArray("shape");
                foreach (long size in value.shape) json.WriteNumberValue(size);
                json.WriteEndArray();
                json.WriteStartArray("data_offsets");
                json.WriteNumberValue(begin);
                json.WriteNumberValue(end);
                json.WriteEndArray();
                json.WriteEndObject();
            }

            json.WriteEndObject();
        }

        while (buffer.Length % 8 != 0) buffer.WriteByte((byte)' ');
        return buffer.ToArray();
    }

    private static void WriteMetadata(Utf8JsonWriter json, IReadOnlyDictionary<string, string> metadata)
    {
        json.WriteStartObject("__metadata__");
        foreach (var (key, value) in metadata.OrderBy(pair => pair.Key, StringComparer.Ordinal)) json.WriteString(key, value);
        json.WriteEndObject();
    }
}
