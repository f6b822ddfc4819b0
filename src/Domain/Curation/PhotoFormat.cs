namespace PortraitGen.Domain.Curation;

/// <summary>What the first bytes of a file say that it is. A file's name says nothing.</summary>
/// <param name="Name">For people, e.g. <c>GIF</c> or <c>a ZIP archive</c>.</param>
/// <param name="MediaType">Set for the formats that are decoded, otherwise null.</param>
/// <param name="IsImage">True for images, decoded or not.</param>
public sealed record PhotoFormat(string Name, string? MediaType, bool IsImage)
{
    public static readonly PhotoFormat Jpeg = new("JPEG", "image/jpeg", true);
    public static readonly PhotoFormat Png = new("PNG", "image/png", true);
    public static readonly PhotoFormat Webp = new("WebP", "image/webp", true);
    private static readonly PhotoFormat Empty = new("an empty file", null, false);
    private static readonly PhotoFormat Text = new("text", null, false);
    private static readonly PhotoFormat Unknown = new("unknown data", null, false);

    /// <summary>Null for a format that is decoded, else why not.</summary>
    public Rejection? Refusal => MediaType is not null ? null
        : IsImage ? new(RejectionCodes.UnsupportedFormat, $"The file is {Name} by its content; JPEG, PNG and WebP are read. Convert it.")
        : new(RejectionCodes.NotAnImage, $"The file is {Name} by its content, not a photo; JPEG, PNG and WebP are read.");

    /// <summary>Tells the format by magic bytes.</summary>
    /// <param name="head">The file's first bytes; 64 are enough.</param>
    public static PhotoFormat Sniff(ReadOnlySpan<byte> head)
    {
        if (head.IsEmpty) return Empty;
        if (head.StartsWith<byte>([0xFF, 0xD8, 0xFF])) return Jpeg;
        if (head.StartsWith<byte>([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A])) return Png;
        if (head.StartsWith("RIFF"u8) && At(head, 8, "WEBP"u8)) return Webp;
        if (head.StartsWith("GIF8"u8)) return new("GIF", null, true);
        if (head.StartsWith("BM"u8)) return new("BMP", null, true);
        if (head.StartsWith("II*\0"u8) || head.StartsWith("MM\0*"u8)) return new("TIFF or a camera's raw format", null, true);
        if (head.StartsWith<byte>([0x00, 0x00, 0x01, 0x00])) return new("an icon", null, true);
        if (head.StartsWith("8BPS"u8)) return new("a Photoshop document", null, true);
        if (head.StartsWith<byte>([0xFF, 0x0A]) || At(head, 4, "JXL "u8)) return new("JPEG XL", null, true);
        if (At(head, 4, "jP  "u8)) return new("JPEG 2000", null, true);
        if (At(head, 4, "ftyp"u8)) return IsoMedia(head);
        if (head.StartsWith("%PDF"u8)) return new("a PDF document", null, false);
        if (head.StartsWith("PK\u0003\u0004"u8)) return new("a ZIP archive", null, false);
        if (head.StartsWith<byte>([0x1F, 0x8B])) return new("a gzip archive", null, false);
        if (head.StartsWith("\u007FELF"u8) || head.StartsWith("MZ"u8)) return new("a program", null, false);
        if (head.StartsWith("<svg"u8)) return new("SVG", null, true);
        return LooksLikeText(head) ? Text : Unknown;
    }

    private static bool At(ReadOnlySpan<byte> head, int offset, ReadOnlySpan<byte> magic) =>
        head.Length >= offset + magic.Length && head[offset..].StartsWith(magic);

    private static PhotoFormat IsoMedia(ReadOnlySpan<byte> head) =>
        At(head, 8, "avif"u8) || At(head, 8, "avis"u8) ? new("AVIF", null, true)
        : At(head, 8, "heic"u8) || At(head, 8, "heix"u8) || At(head, 8, "mif1"u8) || At(head, 8, "msf1"u8) ? new("HEIC", null, true)
        : new("a video", null, false);

    private static bool LooksLikeText(ReadOnlySpan<byte> head)
    {
        foreach (byte b in head[..Math.Min(head.Length, 64)])
            if (b < 0x20 && b is not ((byte)'\t' or (byte)'\n' or (byte)'\r' or 0x0C)) return false;
        return true;
    }
}
