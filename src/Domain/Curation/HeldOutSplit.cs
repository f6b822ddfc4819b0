using System.Globalization;
using PortraitGen.Domain.Artifacts;

namespace PortraitGen.Domain.Curation;

/// <summary>Decides which photos are held out for measuring. A photo's side follows from its pixels alone, so it keeps it in every dataset version.</summary>
public static class HeldOutSplit
{
    /// <summary>From how many photos on at least one is held out.</summary>
    public const int MinPhotos = 5;

    /// <summary>The held-out photos among <paramref name="pixels"/>.</summary>
    /// <param name="pixels">Hashes of the decoded pixels, distinct.</param>
    /// <param name="fraction">Share to hold out, in [0, 0.5]. A photo is held out when its hash, read as a number in [0, 1), is below it.</param>
    /// <remarks>Two exceptions keep both sides usable: of <see cref="MinPhotos"/> or more photos the one with the smallest hash is held out
    /// when none is (unless the fraction is 0), and the one with the largest hash is trained on when none is.</remarks>
    public static IReadOnlySet<ContentHash> Of(IReadOnlyCollection<ContentHash> pixels, double fraction)
    {
        if (!(fraction is >= 0 and <= 0.5)) throw new ArgumentOutOfRangeException(nameof(fraction), fraction, "The held-out fraction must be in [0, 0.5].");
        var ordered = pixels.OrderBy(p => p.Hex, StringComparer.Ordinal).ToList();
        var heldOut = ordered.Where(p => Place(p) < fraction).ToHashSet();
        if (heldOut.Count == 0 && fraction > 0 && ordered.Count >= MinPhotos) heldOut.Add(ordered[0]);
        if (heldOut.Count > 0 && heldOut.Count == ordered.Count) heldOut.Remove(ordered[^1]);
        return heldOut;
    }

    private static double Place(ContentHash hash) => (ulong.Parse(hash.Hex.AsSpan(0, 16), NumberStyles.HexNumber) >> 11) * (1.0 / (1UL << 53));
}
