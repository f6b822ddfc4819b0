using System.Text.Json.Nodes;
using PortraitGen.Api.Demo;
using PortraitGen.Api.Demo.Compare;
using PortraitGen.Domain.Campaigns;
using PortraitGen.Domain.Compare;
using PortraitGen.EndToEnd.Tests.Micro;
using PortraitGen.Gpu.Imaging;
using PortraitGen.Gpu.Imaging.Drawn;

namespace PortraitGen.EndToEnd.Tests.Compare;

public sealed class CompareTests(MicroFixture fixture)
{
    private const int Portraits = 16, Size = 64, Seeds = 2;

    private static readonly CampaignSpec Micro = new()
    {
        Name = "micro",
        Base = MicroModel.Name,
        Sampler = new() { Steps = 4, Window = 2, MaxWindowStart = 1 },
        Group = new() { Size = 3, PerEpoch = 4 },
        Rewards = new() { TrainingSteps = 4, StepsPerShard = 4, RefreshEvery = 2, RefreshSteps = 2 },
        Lora = new() { Rank = 4, Alpha = 8 },
        Benchmark = new() { Images = 8, Steps = 4, Previews = 1 },
        Profile = new() { GroupsPerShard = 2, ImagesPerShard = 16 },
    };

    [Fact]
    public async Task Every_arm_and_seed_is_trained_at_equal_compute_and_a_second_run_finds_all_of_it()
    {
        string folder = fixture.Fresh();
        var options = new DemoOptions(Photos(folder), Epochs: 2, Seed: 5, Path.Combine(folder, "out"), Json: true, Keep: false) { Models = [fixture.Models], Settings = Micro };
        var report = await RunAsync(options);

        var arms = report["arms"]!.AsArray();
        Assert.Equal(4 * Seeds, arms.Count);
        foreach (var seed in arms.GroupBy(a => a!["seed"]!.GetValue<long>()))
        {
            Assert.Equal([ComparisonArms.Sft, ComparisonArms.Plain, ComparisonArms.Belm, ComparisonArms.Fresh], seed.Select(a => a!["arm"]!.GetValue<string>()));
            double units = seed.Last()!["forwardUnits"]!.GetValue<double>();
            // Half an epoch of two, and a little more, as epochs differ.
            Assert.All(seed, a => Assert.InRange(a!["forwardUnits"]!.GetValue<double>() / units, 0.7, 1.3));
            Assert.Equal(4, seed.Select(a => a!["checkpointSha256"]!.GetValue<string>()).Distinct().Count());
            // One base, one noise: what was measured before the training is the same in every arm.
            Assert.Single(seed.Select(a => Before(a!)).Distinct());
            Assert.Equal(4, seed.Select(a => a!["measures"]!["heldout/roundTrip/featureDistance"]!["after"]!.GetValue<double>()).Distinct().Count());
        }
        int train = report["portraits"]!["train"]!.GetValue<int>();
        foreach (var arm in arms)
        {
            // Labels are the difference between what the epochs' shards counted and the arm's units.
            long labels = arm!["arm"]!.GetValue<string>() == ComparisonArms.Sft ? 0 : train * Micro.Sampler.Steps;
            Assert.Equal(arm["forwardUnits"]!.GetValue<long>(), labels + arm["epochForwardsCounted"]!.GetValue<long>());
        }
        foreach (string file in new[] { "compare.png", "compare-curves.png" })
            Assert.IsType<DecodeOutcome.Photo>(PhotoDecoder.Decode(await File.ReadAllBytesAsync(Path.Combine(options.Out, file), TestContext.Current.CancellationToken), DecodeLimits.Default));
        string table = await File.ReadAllTextAsync(Path.Combine(options.Out, "compare.md"), TestContext.Current.CancellationToken);
        Assert.All(new[] { "| base | SFT | GRPO, no exemplars | GRPO, BELM exemplars | GRPO, fresh exemplars |", "| feature distance | ", "GRPO, fresh exemplars against base, 2 seed(s)" }, words => Assert.Contains(words, table));

        var again = await RunAsync(options);
        Assert.Equal(arms.Select(a => (a!["campaign"]!.GetValue<string>(), a["checkpointSha256"]!.GetValue<string>(), a["deviceSeconds"]!.GetValue<double>())),
            again["arms"]!.AsArray().Select(a => (a!["campaign"]!.GetValue<string>(), a["checkpointSha256"]!.GetValue<string>(), a["deviceSeconds"]!.GetValue<double>())));
    }

    private static string Before(JsonNode arm) => string.Join(' ', arm["measures"]!.AsObject().Select(m => $"{m.Key}={m.Value!["before"]}"));

    private static async Task<JsonNode> RunAsync(DemoOptions options)
    {
        var (screen, printed) = (Console.Out, new StringWriter());
        Console.SetOut(printed);
        try
        {
            Assert.Equal(0, await new CompareRun(options, Seeds, TimeProvider.System).RunAsync(TestContext.Current.CancellationToken));
        }
        finally
        {
            Console.SetOut(screen);
        }
        var report = JsonNode.Parse(await File.ReadAllTextAsync(Path.Combine(options.Out, "compare.json"), TestContext.Current.CancellationToken))!;
        Assert.True(JsonNode.DeepEquals(report, JsonNode.Parse(printed.ToString())));
        return report;
    }

    private static string Photos(string folder)
    {
        string photos = Directory.CreateDirectory(Path.Combine(folder, "photos")).FullName;
        for (int i = 1; i <= Portraits; i++)
        {
            var drawn = DrawnPortrait.Render((ulong)i, Look.Captured, Size);
            File.WriteAllBytes(Path.Combine(photos, $"person-{i:D2}.png"), new RgbImage(drawn.Width, drawn.Height, drawn.Rgb).ToPng());
            File.WriteAllText(Path.Combine(photos, $"person-{i:D2}.txt"), DrawnPortrait.Caption((ulong)i));
        }
        return photos;
    }
}
