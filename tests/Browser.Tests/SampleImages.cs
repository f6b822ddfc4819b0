using System.Collections.Concurrent;
using PortraitGen.Domain.Artifacts;
using PortraitGen.Gpu.Imaging;
using PortraitGen.Gpu.Imaging.Drawn;
using SkiaSharp;

namespace PortraitGen.Browser.Tests;

/// <summary>Stands in for a policy that learns: the portrait of one seed, moving from the AI look to the captured one.</summary>
internal static class SampleImages
{
    // Drawing takes a second or so; each person is drawn once for all epochs and tests.
    private static readonly ConcurrentDictionary<ulong, Lazy<(RgbImage Ai, RgbImage Captured)>> Drawn = new();

    /// <param name="realism">0 for the AI look, 1 for the captured one.</param>
    public static byte[] Png(ulong seed, double realism)
    {
        var (ai, captured) = Drawn.GetOrAdd(seed, s => new(() => (DrawnPortrait.Render(s, Look.Ai, 128), DrawnPortrait.Render(s, Look.Captured, 128)))).Value;
        using var bitmap = new SKBitmap(ai.Width, ai.Height);
        for (int i = 0; i < ai.Width * ai.Height; i++)
        {
            byte Mix(int c) => (byte)Math.Round(ai.Rgb[3 * i + c] * (1 - realism) + captured.Rgb[3 * i + c] * realism);
            bitmap.SetPixel(i % ai.Width, i / ai.Width, new SKColor(Mix(0), Mix(1), Mix(2)));
        }

        using var data = bitmap.Encode(SKEncodedImageFormat.Png, 90);
        return data.ToArray();
    }

    public static async Task<ArtifactRef> StoreAsync(IArtifactStore store, ulong seed, double realism, CancellationToken cancel) =>
        await store.PutAsync(Png(seed, realism), MediaTypes.Png, cancel);
}
