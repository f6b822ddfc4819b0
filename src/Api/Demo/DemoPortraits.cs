using PortraitGen.Gpu.Imaging.Drawn;

namespace PortraitGen.Api.Demo;

/// <summary>Draws the demo's real portraits, in the captured look, as files with captions: what a curator would upload.</summary>
internal static class DemoPortraits
{
    /// <summary>Writes portraits 0 … count - 1 that are not there yet.</summary>
    /// <param name="tell">Told how many are there.</param>
    public static void Draw(string folder, int count, Action<int> tell, CancellationToken cancel)
    {
        Directory.CreateDirectory(folder);
        int done = 0;
        Parallel.For(0, count, new ParallelOptions { CancellationToken = cancel, MaxDegreeOfParallelism = Environment.ProcessorCount }, i =>
        {
            string stem = Path.Combine(folder, $"portrait-{i:D4}");
            if (!File.Exists(stem + ".png"))
            {
                File.WriteAllText(stem + ".txt", DrawnPortrait.Caption((ulong)i));
                // Written aside and renamed: a stop in the middle leaves no half of a picture.
                File.WriteAllBytes(stem + ".part", DrawnPortrait.Render((ulong)i, Look.Captured).ToPng());
                File.Move(stem + ".part", stem + ".png", overwrite: true);
            }
            tell(Interlocked.Increment(ref done));
        });
    }
}
