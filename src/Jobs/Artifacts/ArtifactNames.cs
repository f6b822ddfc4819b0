using PortraitGen.Domain.Artifacts;

namespace PortraitGen.Jobs.Artifacts;

/// <summary>Where things lie in a store, the same in a folder and in a bucket: <c>objects/ab/abcd…</c> and <c>named/…</c>.</summary>
public static class ArtifactNames
{
    public const string Objects = "objects";
    public const string Named = "named";

    /// <summary>What was discarded lies here under its whole key, until it is purged.</summary>
    public const string Trash = "trash";

    /// <summary>A bucket's key may have 1024 bytes, a file's name 255; the rest is left to the folder above.</summary>
    private const int MaxLength = 512, MaxSegment = 200;

    /// <summary><c>objects/ab/abcd…</c>: 256 folders keep each one short enough to list.</summary>
    public static string KeyOf(ContentHash hash) => $"{Objects}/{hash.Hex[..2]}/{hash.Hex}";

    /// <summary><c>named/</c> and the name, once it is found fit.</summary>
    /// <exception cref="ArgumentException">When the name could lead out of the store, or could mean two things on some file system.</exception>
    public static string KeyOf(string name)
    {
        string? fault = FaultOf(name);
        return fault is null
            ? $"{Named}/{name}"
            : throw new ArgumentException($"'{name}' cannot name an object: {fault}. Use lower-case words of a-z, 0-9, '-', '_' and '.', parted by '/'.", nameof(name));
    }

    private static string? FaultOf(string name)
    {
        if (string.IsNullOrEmpty(name)) return "it is empty";
        if (name.Length > MaxLength) return $"it has {name.Length} characters, {MaxLength} are allowed";
        foreach (char c in name)
            if (!(char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c is '-' or '_' or '.' or '/'))
                return char.IsAsciiLetterUpper(c) ? $"it has the upper-case letter '{c}'" : $"it has the character U+{(int)c:X4}";

        foreach (string segment in name.Split('/'))
        {
            if (segment.Length == 0) return "it has an empty part";
            if (segment.Length > MaxSegment) return $"a part of it has {segment.Length} characters, {MaxSegment} are allowed";
            if (segment[0] == '.') return $"its part '{segment}' begins with a dot";
            if (segment[^1] == '.') return $"its part '{segment}' ends with a dot";
        }

        return null;
    }
}
