namespace PortraitGen.Domain.Curation;

/// <summary>Why a photo did not enter a dataset version. Stable strings: curators filter and scripts match by them.</summary>
public static class RejectionCodes
{
    public const string NotAnImage = "not-an-image";
    public const string UnsupportedFormat = "unsupported-format";
    public const string Truncated = "truncated";
    public const string TooLargeFile = "too-large-file";
    public const string TooManyPixels = "too-many-pixels";
    public const string TooSmall = "too-small";
    public const string TooNarrow = "too-narrow";
    public const string Blurred = "blurred";
    public const string DuplicateOf = "duplicate-of";
    /// <summary>The file could not be opened: no permission, or a name that the file system cannot give back.</summary>
    public const string Unreadable = "unreadable";
    /// <summary>A symbolic link: it may lead out of the folder, so it is not followed.</summary>
    public const string Link = "link";
    /// <summary>The batch already held as many files, or bytes, as one upload may.</summary>
    public const string OverLimit = "over-limit";
}

/// <summary>A refusal: a code for scripts and a reason for people.</summary>
/// <param name="Code">One of <see cref="RejectionCodes"/>.</param>
/// <param name="Reason">One line that names the cause, with numbers where there are any.</param>
public sealed record Rejection(string Code, string Reason);
