using System.Buffers.Binary;
using PortraitGen.Domain.Curation;

namespace PortraitGen.Gpu.Imaging;

/// <summary>What a file's structure says before anything is decoded.</summary>
/// <param name="Width">Pixels, by the header; 0 when there is no header.</param>
/// <param name="Height">Pixels, by the header; 0 when there is no header.</param>
/// <param name="Complete">Whether the file reaches its own end mark. Decoders forgive a missing end; a curator should not.</param>
/// <param name="Scans">Passes over the picture (JPEG), else 1.</param>
internal sealed record PhotoContainer(int Width, int Height, bool Complete, int Scans)
{
    public static PhotoContainer Read(ReadOnlySpan<byte> file, PhotoFormat format) =>
        format == PhotoFormat.Jpeg ? ReadJpeg(file) : format == PhotoFormat.Png ? ReadPng(file) : ReadWebp(file);

    /// <summary>Walks the markers (ITU T.81, annex B) to the end of image. Thumbnails hide in segments, which are skipped whole.</summary>
    private static PhotoContainer ReadJpeg(ReadOnlySpan<byte> file)
    {
        int width = 0, height = 0, scans = 0, at = 2;
        while (at + 1 < file.Length)
        {
            // Inside a scan 0xFF is followed by 0x00 or a restart marker; elsewhere it may be repeated as fill.
            if (file[at] != 0xFF || file[at + 1] is 0x00 or 0xFF or 0x01 or (>= 0xD0 and <= 0xD7)) { at++; continue; }
            byte marker = file[at + 1];
            if (marker == 0xD9) return new(width, height, true, scans);
            if (at + 3 >= file.Length) break;
            int length = BinaryPrimitives.ReadUInt16BigEndian(file[(at + 2)..]);
            if (marker is >= 0xC0 and <= 0xCF and not (0xC4 or 0xC8 or 0xCC) && at + 8 < file.Length && width == 0)
            {
                height = BinaryPrimitives.ReadUInt16BigEndian(file[(at + 5)..]);
                width = BinaryPrimitives.ReadUInt16BigEndian(file[(at + 7)..]);
            }
            if (marker == 0xDA) scans++;
            at += 2 + Math.Max(2, length);
        }
        return new(width, height, false, scans);
    }

    private static PhotoContainer ReadPng(ReadOnlySpan<byte> file)
    {
        int width = 0, height = 0;
        long at = 8;
        while (at + 12 <= file.Length)
        {
            var chunk = file[(int)at..];
            uint length = BinaryPrimitives.ReadUInt32BigEndian(chunk);
            var type = chunk.Slice(4, 4);
            if (type.SequenceEqual("IHDR"u8) && chunk.Length >= 16)
                (width, height) = (BinaryPrimitives.ReadInt32BigEndian(chunk[8..]), BinaryPrimitives.ReadInt32BigEndian(chunk[12..]));
            if (type.SequenceEqual("IEND"u8)) return new(width, height, true, 1);
            at += 12L + length;
        }
        return new(width, height, false, 1);
    }

    /// <summary>RIFF states the length of the whole file. Size by the first VP8X, VP8L or VP8 chunk.</summary>
    private static PhotoContainer ReadWebp(ReadOnlySpan<byte> file)
    {
        if (file.Length < 30) return new(0, 0, false, 1);
        bool complete = 8L + BinaryPrimitives.ReadUInt32LittleEndian(file[4..]) <= file.Length;
        var type = file.Slice(12, 4);
        var body = file[20..];
        if (type.SequenceEqual("VP8X"u8)) return new(1 + Int24(body[4..]), 1 + Int24(body[7..]), complete, 1);
        if (type.SequenceEqual("VP8L"u8))
        {
            uint bits = BinaryPrimitives.ReadUInt32LittleEndian(body[1..]);
            return new(1 + (int)(bits & 0x3FFF), 1 + (int)((bits >> 14) & 0x3FFF), complete, 1);
        }
        if (type.SequenceEqual("VP8 "u8))
            return new(BinaryPrimitives.ReadUInt16LittleEndian(body[6..]) & 0x3FFF, BinaryPrimitives.ReadUInt16LittleEndian(body[8..]) & 0x3FFF, complete, 1);
        return new(0, 0, complete, 1);
    }

    private static int Int24(ReadOnlySpan<byte> b) => b[0] | b[1] << 8 | b[2] << 16;
}
