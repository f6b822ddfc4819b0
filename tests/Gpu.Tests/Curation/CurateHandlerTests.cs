using System.Text.Json.Nodes;
using PortraitGen.Domain.Artifacts;
using PortraitGen.Domain.Campaigns;
using PortraitGen.Domain.Curation;
using PortraitGen.Gpu.Curation;
using PortraitGen.Gpu.Imaging;
using PortraitGen.Gpu.Runtime;
using PortraitGen.Gpu.Tests.Imaging;

namespace PortraitGen.Gpu.Tests.Curation;

public sealed class CurateHandlerTests
{
    private readonly MemoryStore _store = new();
    private readonly List<double> _progress = [];

    [Fact]
    public async Task A_turned_photo_is_baked_upright_square_and_within_1024()
    {
        var file = Pictures.WithExif(Pictures.Jpeg(Pictures.Noisy(1600, 1200)), 6);
        var input = await Input(("a.jpg", file));
        input["rules"] = new JsonObject { ["minSharpness"] = 0 }; // white noise does not survive the reduction
        var result = Run(input);
        var verdict = result.Values["photos"]![0]!;
        Assert.Null(verdict["code"]);
        Assert.Equal((1200, 1600), (verdict["width"]!.GetValue<int>(), verdict["height"]!.GetValue<int>()));
        Assert.Equal(ContentHash.Of(file).Hex, verdict["upload"]!.GetValue<string>());
        Assert.Equal((64, 64), await SizeOf(result.Output("0/image")));
        Assert.Equal((768, 1024), await SizeOf(result.Output("0/full")));
    }

    [Fact]
    public async Task One_bad_photo_does_not_stop_the_rest_and_progress_is_told_for_each()
    {
        var result = Run(await Input(("a.jpg", Pictures.Jpeg(Pictures.Noisy(80, 80, 1))), ("b.jpg", "hello"u8.ToArray()), ("c.jpg", Pictures.Jpeg(Pictures.Noisy(80, 80, 2)))));
        var photos = result.Values["photos"]!.AsArray();
        Assert.Equal(["a.jpg", "b.jpg", "c.jpg"], photos.Select(p => p!["name"]!.GetValue<string>()));
        Assert.Equal([null, RejectionCodes.NotAnImage, null], photos.Select(p => p!["code"]?.GetValue<string>()));
        Assert.Equal(["0/full", "0/image", "2/full", "2/image"], result.Outputs.Keys.Order(StringComparer.Ordinal));
        Assert.Equal([1 / 3.0, 2 / 3.0, 1], _progress);
    }

    [Fact]
    public async Task The_same_input_gives_the_same_result_byte_by_byte()
    {
        var input = await Input(("a.jpg", Pictures.Jpeg(Pictures.Noisy(333, 222, 1))), ("b.jpg", []));
        Assert.Equal(Run(input).ToBytes(), Run(input).ToBytes());
    }

    [Fact]
    public async Task Rules_of_the_input_decide()
    {
        var input = await Input(("a.jpg", Pictures.Jpeg(Pictures.Noisy(100, 100))));
        input["rules"] = new JsonObject { ["minSharpness"] = 100_000 };
        Assert.Equal(RejectionCodes.Blurred, Run(input).Values["photos"]![0]!["code"]!.GetValue<string>());
        input["rules"] = new JsonObject { ["maxBytes"] = 1024 };
        Assert.Equal(RejectionCodes.TooLargeFile, Run(input).Values["photos"]![0]!["code"]!.GetValue<string>());
        input["rules"] = new JsonObject { ["minSide"] = 101 };
        Assert.Equal(RejectionCodes.TooSmall, Run(input).Values["photos"]![0]!["code"]!.GetValue<string>());
    }

    [Fact]
    public async Task A_lost_upload_blames_the_store_and_not_the_photo()
    {
        var input = await Input(("a.jpg", Pictures.Jpeg(Pictures.Noisy(100, 100))));
        input["photos"]![0]!["hash"] = new string('0', 64);
        Assert.Throws<ArtifactMissingException>(() => Run(input));
    }

    [Fact]
    public void An_input_that_cannot_be_read_is_a_user_error_that_names_the_fault()
    {
        var failed = Assert.Throws<ShardFailedException>(() => Run(new JsonObject { ["photos"] = new JsonArray(), ["size"] = 64, ["rules"] = new JsonObject { ["minSides"] = 3 } }));
        Assert.Equal(FailureClasses.UserError, failed.FailureClass);
        Assert.Contains("minSides", failed.Message);
    }

    [Fact]
    public async Task It_stops_between_photos_when_asked()
    {
        var input = await Input(("a.jpg", Pictures.Jpeg(Pictures.Noisy(100, 100))));
        Assert.Throws<OperationCanceledException>(() => new CurateHandler().Run(new ShardRun(input, _store, (_, _) => { }, CancellationToken.None), new CancellationToken(canceled: true)));
    }

    private ShardResult Run(JsonObject input) => new CurateHandler().Run(new ShardRun(input, _store, (f, _) => _progress.Add(f), CancellationToken.None), CancellationToken.None);

    private async Task<JsonObject> Input(params (string Name, byte[] Bytes)[] photos)
    {
        var list = new JsonArray();
        foreach (var (name, bytes) in photos)
        {
            var photo = (await _store.PutAsync(bytes, MediaTypes.Binary, TestContext.Current.CancellationToken)).ToJson();
            photo["name"] = name;
            list.Add((JsonNode)photo);
        }
        return new() { ["photos"] = list, ["size"] = 64 };
    }

    private async Task<(int, int)> SizeOf(ArtifactRef png)
    {
        var image = Assert.IsType<DecodeOutcome.Photo>(PhotoDecoder.Decode(await _store.GetAsync(png.Hash, TestContext.Current.CancellationToken), DecodeLimits.Default)).Image;
        return (image.Width, image.Height);
    }
}
