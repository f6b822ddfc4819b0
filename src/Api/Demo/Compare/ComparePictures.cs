using PortraitGen.Domain.Artifacts;
using PortraitGen.Domain.Rewards;
using PortraitGen.Gpu.Bench;
using PortraitGen.Gpu.Grpo;
using PortraitGen.Gpu.Imaging;
using PortraitGen.Gpu.Imaging.Sheets;
using PortraitGen.Gpu.Inversion;
using PortraitGen.Gpu.Tensors;
using static TorchSharp.torch;

namespace PortraitGen.Api.Demo.Compare;

/// <summary>The comparison for the eye: one sheet of the same prompts and noise, and curves over the epochs.</summary>
internal sealed class ComparePictures(Comparison comparison, IArtifactStore store, string folder)
{
    public async Task WriteAsync(CancellationToken cancel)
    {
        await File.WriteAllBytesAsync(Path.Combine(folder, "compare.png"), (await SheetAsync(cancel)).ToPng(), cancel);
        await File.WriteAllBytesAsync(Path.Combine(folder, "compare-curves.png"), (await CurvesAsync(cancel)).ToPng(), cancel);
    }

    private async Task<ContactSheet> SheetAsync(CancellationToken cancel)
    {
        var first = comparison.Results.Where(r => r.Seed == comparison.Seeds[0]).ToArray();
        async Task<RgbImage[]> Read(ContentHash images) => DemoPictures.Images(RolloutTensors.ReadImages(await store.GetAsync(images, cancel)));
        var rows = new List<SheetRow> { new("Base", await Read(first[0].Outcome.ImagesBefore[0])) { Note = "before any training", Accent = 6 } };
        for (int i = 0; i < first.Length; i++)
            rows.Add(new(first[i].Arm.Name, await Read(first[i].Outcome.ImagesAfter[0])) { Note = $"{first[i].Arm.Spec.Epochs} epochs", Accent = i });
        var dataset = first[0].Outcome.Dataset;
        var real = DemoPictures.Images(EncodedPortraits.Read(await store.GetAsync(dataset.HeldoutFiles[0], cancel)).Images);
        rows.Add(new("Real", real) { Note = "held out", Accent = 4, Captions = [.. dataset.HeldoutCaptions.Take(real.Length).Select(c => c.Replace("portrait of ", "", StringComparison.Ordinal))] });
        return new("Equal compute", $"Same prompts, same noise, seed {comparison.Seeds[0]}. Below: held-out real portraits of these captions.", rows);
    }

    private async Task<CurvePage> CurvesAsync(CancellationToken cancel)
    {
        var heldout = await RealPortraits.HeldoutAsync(store, comparison.Results[0].Outcome.Dataset.HeldoutFiles, cancel);
        double real = TextureStatistics.HighBand(TextureStatistics.Spectrum(heldout));
        var bands = new Dictionary<CompareResult, IReadOnlyList<(double, double)>>();
        foreach (var result in comparison.Results) bands[result] = await HighBandAsync(result, real, cancel);
        return new("The same prompts and noise after each epoch: mean over the seeds, band from lowest to highest",
        [
            Plot("AI-Portrait reward, as first trained", "logit", r => Metric(r, "preview/ai-portrait"), RewardNames.AiPortrait),
            Plot("Omni reward, as first trained", "logit", r => Metric(r, "preview/omni"), RewardNames.Omni),
            Plot("Hacking indicator: log power of the high band less that of real portraits", "nats", r => bands[r], null),
        ]);
    }

    private static List<(double, double)> Metric(CompareResult result, string series) =>
        [.. result.Outcome.Metrics.Where(m => m.Series == series).OrderBy(m => m.Step).Select(m => ((double)m.Step, m.Value))];

    /// <summary>Below 0 is smoother than real, above 0 noisier, or a grid.</summary>
    private async Task<IReadOnlyList<(double, double)>> HighBandAsync(CompareResult result, double real, CancellationToken cancel)
    {
        var points = new List<(double, double)>();
        for (int epoch = 0; epoch <= result.Arm.Spec.Epochs; epoch++)
        {
            var images = new List<RgbImage>();
            for (int i = 0; i < result.Arm.Spec.Benchmark.Previews; i++)
                if (PhotoDecoder.Decode(await store.GetAsync(result.Outcome.Artifacts[$"epoch-{epoch:D3}/sample-{i}.png"], cancel), DecodeLimits.Default) is DecodeOutcome.Photo photo) images.Add(photo.Image);
            if (images.Count == 0) continue;
            using var scope = NewDisposeScope();
            var pixels = stack([.. images.Select(i => Pixels.FromInterleaved(i.Rgb, i.Width, i.Height))]); // [n,3,H,W]
            points.Add((epoch, TextureStatistics.HighBand(TextureStatistics.Spectrum(pixels)) - real));
        }
        return points;
    }

    /// <summary>One line an arm, with the seeds' band; dashed the mean over real portraits.</summary>
    private CurvePlot Plot(string title, string unit, Func<CompareResult, IReadOnlyList<(double X, double Y)>> points, string? reward)
    {
        var series = comparison.Results.GroupBy(r => r.Arm.Name).Select(arm =>
        {
            var seeds = arm.Select(points).ToArray();
            var common = Enumerable.Range(0, seeds.Min(s => s.Count)).Select(i => (seeds[0][i].X, Ys: seeds.Select(s => s[i].Y).ToArray())).ToArray();
            return new CurveSeries(arm.Key, [.. common.Select(c => (c.X, c.Ys.Average()))]) { Band = [.. common.Select(c => (c.Ys.Min(), c.Ys.Max()))] };
        }).ToList();
        double level = reward is null ? 0 : comparison.Real[$"benchmark/{reward}"], last = series.Max(s => s.Points.Select(p => p.X).DefaultIfEmpty(1).Max());
        return new(title, "epoch", unit, [.. series, new CurveSeries("real portraits", [(0, level), (last, level)]) { Dashed = true }]);
    }
}
