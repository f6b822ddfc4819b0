using System.Security.Cryptography;

namespace PortraitGen.Domain.Artifacts;

/// <summary>The SHA-256 of some bytes, as 64 lower-case hex digits: the name under which they are stored.</summary>
public readonly record struct ContentHash
{
    private readonly string? _hex;

    private ContentHash(string hex) => _hex = hex;

    /// <summary>64 lower-case hex digits.</summary>
    public string Hex => _hex ?? throw new InvalidOperationException("An unset content hash has no digits.");

    /// <summary>The hash of <paramref name="content"/>.</summary>
    public static ContentHash Of(ReadOnlySpan<byte> content)
    {
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(content, digest);
        return new(Convert.ToHexStringLower(digest));
    }

    /// <summary>Reads 64 lower-case hex digits. Anything else is a <see cref="FormatException"/>.</summary>
    public static ContentHash Parse(string text) =>
        TryParse(text, out var hash) ? hash : throw new FormatException($"'{text}' is no SHA-256: 64 lower-case hex digits are expected.");

    /// <summary>As <see cref="Parse"/>, but false instead of an exception.</summary>
    public static bool TryParse(string? text, out ContentHash hash)
    {
        bool valid = text is { Length: 64 } && text.All(c => char.IsAsciiHexDigitLower(c));
        hash = valid ? new(text!) : default;
        return valid;
    }

    public override string ToString() => _hex ?? "(unset)";
}
