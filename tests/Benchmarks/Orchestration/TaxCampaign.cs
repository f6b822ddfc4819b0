using System.Text.Json.Nodes;
using PortraitGen.Domain.Artifacts;
using PortraitGen.Domain.Campaigns;
using PortraitGen.Domain.Curation;
using PortraitGen.Gpu.Imaging;
using PortraitGen.Gpu.Imaging.Drawn;
using PortraitGen.Gpu.Runtime;
using PortraitGen.Jobs.Campaigns;

namespace PortraitGen.Benchmarks.Orchestration;

/// <summary>The campaign that both sides run: default epochs of the shipped model on drawn portraits. What comes before and after the epochs is kept small, as it is not measured.</summary>
internal static class TaxCampaign
{
    private const int Side = 64, Train = 24, HeldOut = 8;
    private static readonly Lazy<(byte[] Png, byte[] Rgb, string Caption)[]> Portraits = new(() => [.. Enumerable.Range(0, Train + HeldOut).Select(i =>
    {
        var drawn = DrawnPortrait.Render((ulong)i, Look.Captured, Side);
        return (new RgbImage(Side, Side, drawn.Rgb).ToPng(), drawn.Rgb, DrawnPortrait.Caption((ulong)i));
    })]);

    /// <summary>Stores base model and dataset; gives the specification that names them.</summary>
    public static async Task<JsonObject> PrepareAsync(string model, int epochs, IArtifactStore store, CancellationToken cancel)
    {
        var rights = Rights.Of("CC0-1.0", "drawn: shows nobody", "benchmark").Rights!;
        var published = await ModelFolders.PublishAsync(model, store, cancel);
        var entries = new List<DatasetEntry>();
        foreach (var (png, rgb, caption) in Portraits.Value)
        {
            var image = await store.PutAsync(png, MediaTypes.Png, cancel);
            entries.Add(new(image, image, ContentHash.Of(rgb), image.Hash, DatasetEntry.HashOfName($"{entries.Count}"), caption, rights, entries.Count < Train ? DatasetSplits.Train : DatasetSplits.HeldOut));
        }

        var dataset = await store.PutAsync(DatasetManifest.Of(Side, entries).ToBytes(), MediaTypes.Json, cancel);
        var defaults = new CampaignSpec();
        return DomainJson.ToNode(defaults with
        {
            Name = "tax",
            Base = published.Hash.Hex,
            Dataset = dataset.Hash.Hex,
            Epochs = epochs,
            Rewards = defaults.Rewards with { TrainingSteps = 20, StepsPerShard = 10 },
            Benchmark = defaults.Benchmark with { Images = 4, Steps = 2 },
            Profile = defaults.Profile with { InstructionSet = HostProfile.InstructionSet, Libtorch = HostProfile.LibtorchVersion },
        });
    }
}
