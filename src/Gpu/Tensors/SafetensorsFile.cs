using System.Buffers.Binary;
using Microsoft.Win32.SafeHandles;
using TorchSharp;
using static TorchSharp.torch;

namespace PortraitGen.Gpu.Tensors;

/// <summary>Reads safetensors from a file or a buffer. Opening reads and proves the header only; each tensor is read when asked for.</summary>
public sealed class SafetensorsFile : IDisposable
{
    private readonly SafeFileHandle? _file;
    private readonly ReadOnlyMemory<byte> _bytes;
    private readonly long _dataBegin;
    private readonly SafetensorsHeader _header;

    private SafetensorsFile(SafeFileHandle? file, ReadOnlyMemory<byte> bytes, long length, string label)
    {
        (_file, _bytes, Label) = (file, bytes, label);
        if (length < 8) throw new SafetensorsException($"{label}: {length} bytes are too few for a safetensors file.");
        Span<byte> prefix = stackalloc byte[8];
        Fill(prefix, 0);
        ulong headerLength = BinaryPrimitives.ReadUInt64LittleEndian(prefix);
        if (headerLength > SafetensorsHeader.MaxLength)
            throw new SafetensorsException($"{label}: claims a header of {headerLength} bytes; at most {SafetensorsHeader.MaxLength} are allowed.");
        if ((long)headerLength > length - 8)
            throw new SafetensorsException($"{label}: claims a header of {headerLength} bytes, but holds {length} bytes in all; it is truncated or forged.");
        byte[] json = new byte[headerLength];
        Fill(json, 8);
        _dataBegin = 8 + (long)headerLength;
        _header = SafetensorsHeader.Parse(json, length - _dataBegin, label);
    }

    /// <summary>The file's name for messages.</summary>
    public string Label { get; }

    /// <summary>Every tensor by its name.</summary>
    public IReadOnlyDictionary<string, SafetensorsEntry> Entries => _header.Entries;

    /// <summary>The free text of the header.</summary>
    public IReadOnlyDictionary<string, string> Metadata => _header.Metadata;

    /// <summary>Opens a file.</summary>
    /// <exception cref="SafetensorsException">The file is missing, truncated or forged.</exception>
    public static SafetensorsFile Open(string path)
    {
        string label = Path.GetFileName(path);
        SafeFileHandle handle;
        try
        {
            handle = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.Read, FileOptions.RandomAccess);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new SafetensorsException($"{label}: cannot be opened: {SafetensorsHeader.Clean(error.Message)}", error);
        }

        try
        {
            return new SafetensorsFile(handle, default, RandomAccess.GetLength(handle), label);
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    /// <summary>Opens a buffer, which must stay unchanged while it is read.</summary>
    /// <exception cref="SafetensorsException">The buffer is truncated or forged.</exception>
    public static SafetensorsFile Open(ReadOnlyMemory<byte> bytes, string label = "memory") => new(null, bytes, bytes.Length, label);

    /// <summary>Reads one tensor to the CPU, in the file's own element type. The caller owns it.</summary>
    /// <exception cref="SafetensorsException">There is no such tensor, or the file shrank since it was opened.</exception>
    public Tensor Read(string name)
    {
        if (!Entries.TryGetValue(name, out var entry))
            throw new SafetensorsException($"{Label}: holds no tensor '{SafetensorsHeader.Clean(name)}'.");
        if (entry.End - entry.Begin > int.MaxValue)
            throw new SafetensorsException($"{Label}: tensor '{SafetensorsHeader.Clean(name)}' is larger than 2 GiB, which one read cannot take.");
        var tensor = empty(entry.Shape, entry.Dtype);
        if (entry.End > entry.Begin) Fill(tensor.bytes, _dataBegin + entry.Begin);
        return tensor;
    }

    /// <summary>Reads every tensor. The caller owns them.</summary>
    public Dictionary<string, Tensor> ReadAll() => Entries.Keys.ToDictionary(name => name, Read, StringComparer.Ordinal);

    public void Dispose() => _file?.Dispose();

    private void Fill(Span<byte> to, long offset)
    {
        if (_file is null)
        {
            _bytes.Span.Slice((int)offset, to.Length).CopyTo(to);
            return;
        }

        while (!to.IsEmpty)
        {
            int read = RandomAccess.Read(_file, to, offset);
            if (read == 0) throw new SafetensorsException($"{Label}: ended at byte {offset} while it was read.");
            to = to[read..];
            offset += read;
        }
    }
}
