using System.Text.Json.Nodes;
using PortraitGen.Domain.Artifacts;
using PortraitGen.Domain.Campaigns;
using PortraitGen.Domain.Curation;
using PortraitGen.Jobs.Curation;
using PortraitGen.Jobs.Planning;

namespace PortraitGen.Jobs.Tests.Curation;

public sealed class CurationPlannersTests
{
    private readonly MemoryStore _store = new();

    [Fact]
    public void A_curation_is_ingest_then_curate_then_snapshot() =>
        Assert.Equal(["ingest", "curate", "snapshot"], new CurationPlan().Jobs([]).Select(j => j.Name));

    [Fact]
    public async Task Ingest_captions_photos_and_drops_files_of_the_same_bytes()
    {
        var spec = Specs.Good("b.jpg", "a.jpg");
        spec["photos"]!.AsArray().Add(Specs.Photo("c.jpg", "a.jpg"));
        spec["captions"] = new JsonObject { ["a"] = "a woman", ["ghost"] = "nobody" };
        spec["batch"] = new JsonObject { ["skipped"] = new JsonArray(new RejectedPhoto("x.gif", "unsupported-format", "GIF").ToJson()) };
        var output = await IngestAsync(spec);
        Assert.Equal([("a.jpg", "a woman"), ("b.jpg", "portrait photo")], output["photos"]!.AsArray().Select(p => (Text(p, "name"), Text(p, "caption"))));
        Assert.Equal([("c.jpg", "duplicate-of"), ("x.gif", "unsupported-format")], output["rejected"]!.AsArray().Select(p => (Text(p, "name"), Text(p, "code"))));
        Assert.Equal("ghost", output["captionsWithoutPhoto"]![0]!.GetValue<string>());
    }

    [Fact]
    public async Task Curate_fans_out_by_64_and_the_same_photos_give_the_same_shards_whatever_the_captions()
    {
        var names = Enumerable.Range(0, 130).Select(i => $"{i:000}.jpg").ToArray();
        var plain = await CurateAsync(Specs.Good(names));
        var captioned = Specs.Good([.. names.Reverse()]);
        captioned["captionTemplate"] = "another text";
        Assert.Equal([64, 64, 2], plain.Shards.Select(s => s.Input["photos"]!.AsArray().Count));
        Assert.Equal(plain.Shards.Select(s => InputKey.Of(s.Kind, s.Input)), (await CurateAsync(captioned)).Shards.Select(s => InputKey.Of(s.Kind, s.Input)));
    }

    [Fact]
    public async Task Large_photos_make_smaller_shards()
    {
        var spec = Specs.Good([.. Enumerable.Range(0, 30).Select(i => $"{i:00}.jpg")]);
        foreach (var photo in spec["photos"]!.AsArray()) photo!["length"] = 25L << 20;
        spec["photos"]![3]!["length"] = 1L << 30; // alone above the bound: a shard of its own
        Assert.Equal([3, 1, 10, 10, 6], (await CurateAsync(spec)).Shards.Select(s => s.Input["photos"]!.AsArray().Count));
    }

    [Fact]
    public async Task Another_rule_makes_another_input_key()
    {
        var stricter = Specs.Good("a.jpg");
        stricter["rules"] = new JsonObject { ["minSharpness"] = 41 };
        Assert.NotEqual(Key(await CurateAsync(Specs.Good("a.jpg"))), Key(await CurateAsync(stricter)));

        static ContentHash Key(PlanStep.Stage stage) => InputKey.Of(stage.Shards[0].Kind, stage.Shards[0].Input);
    }

    [Fact]
    public async Task Snapshot_drops_equal_pixels_across_shards_and_freezes_the_rest()
    {
        var spec = Specs.Good("a.jpg", "b.jpg", "c.png");
        var ingest = await IngestAsync(spec);
        var shards = new[] { Result(("a.jpg", "red", null)), Result(("b.jpg", "blue", null), ("c.png", "red", null)) };
        var curated = await new CuratePlanner().NextAsync(Specs.Start(spec, ("ingest", ingest)) with { Stages = [new("curate", shards)] }, TestContext.Current.CancellationToken);
        var done = await SnapshotAsync(spec, ingest, Assert.IsType<PlanStep.Done>(curated).Output);

        var snapshot = Assert.IsType<PlanStep.Done>(done);
        var dataset = snapshot.Output["dataset"]!;
        var manifest = DatasetManifest.Parse(await _store.GetAsync(ContentHash.Parse(Text(dataset, "hash")), TestContext.Current.CancellationToken));
        Assert.Equal(("staff", 2), (Text(dataset, "name"), dataset["count"]!.GetValue<int>()));
        Assert.Equal(manifest.Hash.Hex, Text(dataset, "hash"));
        Assert.Equal(new[] { Specs.Hash("red"), Specs.Hash("blue") }.OrderBy(h => h.Hex), manifest.Entries.Select(e => e.Pixels));
        Assert.All(manifest.Entries, e => Assert.Equal("signed", e.Rights.Consent));
        var rejected = Assert.Single(snapshot.Output["rejected"]!.AsArray());
        Assert.Equal(("c.png", "duplicate-of"), (Text(rejected, "name"), Text(rejected, "code")));
        Assert.Contains("a.jpg", Text(rejected, "reason"));
        Assert.Equal(2, snapshot.Metrics["curation/accepted"]);
    }

    [Fact]
    public async Task Snapshot_of_nothing_fails_with_counts_by_code()
    {
        var spec = Specs.Good("a.jpg", "b.jpg");
        var ingest = await IngestAsync(spec);
        var curated = new JsonObject { ["photos"] = new JsonArray(), ["rejected"] = new JsonArray(new RejectedPhoto("a.jpg", "blurred", "Soft.").ToJson(), new RejectedPhoto("b.jpg", "blurred", "Soft.").ToJson()) };
        var failed = Assert.IsType<PlanStep.Failed>(await SnapshotAsync(spec, ingest, curated));
        Assert.Equal(FailureClasses.UserError, failed.FailureClass);
        Assert.Contains("2 blurred", failed.Reason);
    }

    private static async Task<JsonObject> IngestAsync(JsonObject spec) =>
        Assert.IsType<PlanStep.Done>(await new IngestPlanner().NextAsync(Specs.Start(spec), TestContext.Current.CancellationToken)).Output;

    private static async Task<PlanStep.Stage> CurateAsync(JsonObject spec) =>
        Assert.IsType<PlanStep.Stage>(await new CuratePlanner().NextAsync(Specs.Start(spec, ("ingest", await IngestAsync(spec))), TestContext.Current.CancellationToken));

    private Task<PlanStep> SnapshotAsync(JsonObject spec, JsonObject ingest, JsonObject curated) =>
        new SnapshotPlanner(_store).NextAsync(Specs.Start(spec, ("ingest", ingest), ("curate", curated)), TestContext.Current.CancellationToken);

    /// <summary>What a worker would give for photos of these pixels.</summary>
    private static ShardResult Result(params (string Name, string Pixels, string? Code)[] photos)
    {
        var outputs = new Dictionary<string, ArtifactRef>();
        var verdicts = new JsonArray();
        for (int i = 0; i < photos.Length; i++)
        {
            var (name, pixels, _) = photos[i];
            verdicts.Add((JsonNode)new JsonObject { ["name"] = name, ["upload"] = Specs.Hash(name).Hex, ["pixels"] = Specs.Hash(pixels).Hex });
            outputs[$"{i}/image"] = outputs[$"{i}/full"] = new(Specs.Hash("png of " + pixels), 10, MediaTypes.Png);
        }
        return new(outputs, new JsonObject { ["photos"] = verdicts });
    }

    private static string Text(JsonNode? node, string key) => node![key]!.GetValue<string>();
}
