using System.Text.Json.Nodes;
using PortraitGen.Api.Cli;
using PortraitGen.Api.Demo;
using PortraitGen.Conformance.Tests.Artifacts;
using PortraitGen.Conformance.Tests.Http;
using PortraitGen.Domain.Artifacts;
using PortraitGen.Domain.Campaigns;
using PortraitGen.Domain.Curation;
using PortraitGen.Jobs.Curation;

namespace PortraitGen.Conformance.Tests.Demo;

public sealed class LocalCampaignTests(ApiServer server) : IDisposable
{
    private readonly ScratchFolder _folder = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task What_failed_is_tried_anew_and_what_runs_or_succeeded_is_gone_on_with()
    {
        var photos = await ReadAsync(("a.png", BatchEndpointsTests.Picture(60)), ("b.png", BatchEndpointsTests.Picture(61)));
        var broken = (JsonObject)photos.DeepClone();
        broken["rights"] = new JsonObject();
        string failed = await EndedAsync(broken, "failed");
        Assert.NotEqual(failed, await EndedAsync(broken, "failed"));

        string good = await EndedAsync(photos, "succeeded");
        Assert.Equal(good, await EndedAsync(photos, "succeeded"));
    }

    [Fact]
    public async Task A_folder_without_photos_says_what_it_holds_instead()
    {
        var curation = await ReadAsync(("note.jpg", "words"u8.ToArray()), ("empty.png", []));
        var refused = Assert.Throws<CommandException>(() => LocalCampaign.CheckPhotos("photos", curation));
        Assert.Equal(ExitCodes.BadInput, refused.ExitCode);
        Assert.Equal(["The folder 'photos' holds no photo (JPEG, PNG or WebP).", "empty.png", "note.jpg"], refused.Message.Split('\n').Select((line, i) => i == 0 ? line : line.Split(':')[0]));
    }

    [Fact]
    public void Files_that_were_left_out_are_named_with_their_reason_up_to_twenty()
    {
        JsonObject Snapshot(int rejected) => new()
        {
            ["dataset"] = new JsonObject { ["hash"] = new string('a', 64), ["count"] = 5 },
            ["rejected"] = new JsonArray([.. Enumerable.Range(1, rejected).Select(i => (JsonNode)new JsonObject { ["name"] = $"{i}.jpg", ["reason"] = $"why {i}" })]),
        };
        Assert.Equal("Dataset version aaaaaaaaaaaa: 5 portraits", LocalCampaign.Verdict(Snapshot(0)));
        string[] lines = LocalCampaign.Verdict(Snapshot(22)).Split('\n');
        Assert.Equal("Dataset version aaaaaaaaaaaa: 5 portraits; 22 files left out:", lines[0]);
        Assert.Equal(("  1.jpg: why 1", "  20.jpg: why 20", "  and 2 more", 22), (lines[1], lines[20], lines[21], lines.Length));
    }

    private async Task<JsonObject> ReadAsync(params (string Name, byte[] Bytes)[] files)
    {
        foreach (var (name, bytes) in files) await File.WriteAllBytesAsync(_folder.Sub(name), bytes, Cancel);
        var (rights, _) = Rights.Of("CC0-1.0", "drawn", "test");
        var store = (IArtifactStore)server.Services.GetService(typeof(IArtifactStore))!;
        return await FolderUpload.ReadAsync(_folder.Path, "local", rights!, store, new UploadLimits(), Cancel);
    }

    private async Task<string> EndedAsync(JsonObject spec, string state)
    {
        var id = await LocalCampaign.SubmitAsync(server.Services, "curation", "local", spec, Cancel);
        await server.UntilAsync(id.Value.ToString(), state);
        return id.Value.ToString();
    }
}
