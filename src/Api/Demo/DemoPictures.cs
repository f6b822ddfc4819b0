using PortraitGen.Domain.Artifacts;
using PortraitGen.Gpu.Grpo;
using PortraitGen.Gpu.Imaging;
using PortraitGen.Gpu.Imaging.Sheets;
using PortraitGen.Gpu.Inversion;
using PortraitGen.Gpu.Tensors;
using static TorchSharp.torch;

namespace PortraitGen.Api.Demo;

/// <summary>Writes what a person looks at: before and after for the same noise, curves, and the checkpoint's files.</summary>
internal sealed class DemoPictures(DemoOutcome outcome, IArtifactStore store, string folder)
{
    private const int Shown = 8;

    public async Task WriteAsync(CancellationToken cancel)
    {
        var before = Images(RolloutTensors.ReadImages(await store.GetAsync(outcome.ImagesBefore[0], cancel)));
        var after = Images(RolloutTensors.ReadImages(await store.GetAsync(outcome.ImagesAfter[0], cancel)));
        var real = Images(EncodedPortraits.Read(await store.GetAsync(outcome.Dataset.HeldoutFiles[0], cancel)).Images);
        var captions = outcome.Dataset.HeldoutCaptions.Take(Shown).Select(c => c.Replace("portrait of ", "", StringComparison.Ordinal)).ToArray();
        var sheet = new ContactSheet("Before and after", "Same prompts, same noise. Below: held-out real portraits of these captions.",
        [
            new SheetRow("Before", before) { Note = "base model", Accent = 1 },
            new SheetRow("After", after) { Note = "final policy", Accent = 0 },
            new SheetRow("Real", real) { Note = "held out", Captions = captions, Accent = 2 },
        ]);
        await File.WriteAllBytesAsync(Path.Combine(folder, "before-after.png"), sheet.ToPng(), cancel);
        await File.WriteAllBytesAsync(Path.Combine(folder, "reward-curves.png"), Curves().ToPng(), cancel);

        string checkpoint = Path.Combine(folder, "checkpoint");
        Directory.CreateDirectory(checkpoint);
        foreach (var (name, hash) in outcome.Artifacts.Where(a => a.Key.StartsWith("final/", StringComparison.Ordinal)))
            await File.WriteAllBytesAsync(Path.Combine(checkpoint, name["final/".Length..]), await store.GetAsync(hash, cancel), cancel);
    }

    private CurvePage Curves() => new("Rewards and learning, by epoch",
    [
        Plot("AI-Portrait reward", "logit", ("policy", "reward/ai-portrait/mean"), ("real portraits", "reward/ai-portrait/real")),
        Plot("Omni reward", "logit", ("policy", "reward/omni/mean"), ("real portraits", "reward/omni/real")),
        Plot("Exemplar loss (flow matching on real latents)", "mean square", ("policy", "policy/exemplarLoss")),
        Plot("Gradient norm", "L2", ("on-policy", "policy/gradientNormOnPolicy"), ("exemplars", "policy/gradientNormExemplar")),
    ]);

    private CurvePlot Plot(string title, string unit, params (string Name, string Series)[] series) =>
        new(title, "epoch", unit, [.. series.Select(s => new CurveSeries(s.Name, [.. outcome.Metrics.Where(m => m.Series == s.Series).OrderBy(m => m.Step).Select(m => ((double)m.Step, m.Value))]) { Dashed = s.Name.StartsWith("real", StringComparison.Ordinal) })
            .Where(s => s.Points.Count > 0)]);

    /// <summary>The first few of uint8 [N, 3, H, W].</summary>
    internal static RgbImage[] Images(Tensor images)
    {
        using var scope = NewDisposeScope();
        return [.. Enumerable.Range(0, (int)Math.Min(Shown, images.shape[0])).Select(i => new RgbImage((int)images.shape[3], (int)images.shape[2], Pixels.Interleaved(images[i])))];
    }
}
