using System.Buffers.Binary;
using System.IO.MemoryMappedFiles;
using Microsoft.Win32.SafeHandles;
using TorchSharp;
using static TorchSharp.torch;

namespace PortraitGen.Gpu.Tensors;

/// <summary>Reads safetensors from a file or a buffer. Opening reads and proves the header only; each tensor is read when asked for.</summary>
/// <remarks>
/// A file is memory-mapped by windows, each let go once its bytes are copied: a checkpoint is never in memory twice, however large it is. Tensors are copies and
/// not views of the map, because a map aligns them as the file does, and matrix products may differ in their last bits with the alignment.
/// </remarks>
public sealed class SafetensorsFile : IDisposable
{
    private const long Window = 64 << 20;
    private readonly SafeFileHandle? _file;
    private readonly MemoryMappedFile? _map;
    private readonly ReadOnlyMemory<byte> _bytes;
    private readonly long _dataBegin;
    private readonly SafetensorsHeader _header;

    private SafetensorsFile(SafeFileHandle? file, ReadOnlyMemory<byte> bytes, long length, string label)
    {
        (_file, _bytes, Label) = (file, bytes, label);
        if (length < 8) throw new SafetensorsException($"{label}: {length} bytes are too few for a safetensors file.");
        if (file is not null) _map = MemoryMappedFile.CreateFromFile(file, null, 0, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: true);
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
        var tensor = empty(entry.Shape, entry.Dtype);
        using var scope = NewDisposeScope();
        var flat = tensor.flatten();
        long size = SafetensorsDtype.Size(entry.Dtype), step = Window / size;
        for (long at = 0; at < flat.numel(); at += step)
            Fill(flat.narrow(0, at, Math.Min(step, flat.numel() - at)).bytes, _dataBegin + entry.Begin + at * size);
        return tensor;
    }

    /// <summary>Reads every tensor. The caller owns them.</summary>
    public Dictionary<string, Tensor> ReadAll() => Entries.Keys.ToDictionary(name => name, Read, StringComparer.Ordinal);

    public void Dispose()
    {
        _map?.Dispose();
        _file?.Dispose();
    }

    private unsafe void Fill(Span<byte> to, long offset)
    {
        if (to.IsEmpty) return;
        if (_file is null)
        {
            _bytes.Span.Slice((int)offset, to.Length).CopyTo(to);
            return;
        }

        // A page beyond the end of a file that shrank would end the process.
        long length = RandomAccess.GetLength(_file);
        if (offset + to.Length > length) throw new SafetensorsException($"{Label}: ended at byte {length} while it was read; it shrank since it was opened.");
        using var view = _map!.CreateViewAccessor(offset, to.Length, MemoryMappedFileAccess.Read);
        byte* bytes = null;
        view.SafeMemoryMappedViewHandle.AcquirePointer(ref bytes);
        try
        {
            new ReadOnlySpan<byte>(bytes + view.PointerOffset, to.Length).CopyTo(to);
        }
        finally
        {
            view.SafeMemoryMappedViewHandle.ReleasePointer();
        }
    }
}
