using System.Text.Json.Nodes;
using PortraitGen.Domain.Artifacts;
using PortraitGen.Jobs.Campaigns;
using PortraitGen.Jobs.Tests.Toys;

namespace PortraitGen.Jobs.Tests.Campaigns;

public sealed class VerifyCheckpointTests
{
    private readonly MemoryStore _store = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private async Task<ContentHash> ManifestAsync(int version, ContentHash? parent, Action<JsonObject>? change = null)
    {
        var policy = await _store.PutAsync(new byte[] { (byte)version, 1 }, MediaTypes.Safetensors, Cancel);
        var manifest = new JsonObject
        {
            ["version"] = version,
            ["parent"] = parent?.Hex,
            ["policy"] = policy.ToJson(),
            ["spec"] = new JsonObject { ["seed"] = 1 },
            ["inputs"] = new JsonObject { ["gradients"] = new JsonArray((await _store.PutAsync(new byte[] { (byte)version, 2 }, MediaTypes.Safetensors, Cancel)).ToJson()) },
        };
        change?.Invoke(manifest);
        return (await _store.PutAsync(CanonicalJson.ToBytes(manifest), MediaTypes.Json, Cancel)).Hash;
    }

    private Task<IReadOnlyList<ChainLink>> VerifyAsync(ContentHash hash) => new VerifyCheckpoint(ChainSource.Of(_store)).RunAsync(hash, Cancel);

    private async Task<(long, string, string)> OneFaultAsync(ContentHash hash)
    {
        var link = Assert.Single(await VerifyAsync(hash), l => l.Fault is not null);
        return (link.Version, link.What, link.Fault!);
    }

    [Fact]
    public async Task A_whole_chain_is_walked_to_its_first_version()
    {
        var links = await VerifyAsync(await ManifestAsync(3, await ManifestAsync(2, await ManifestAsync(1, null))));
        Assert.Equal(["manifest", "policy", "inputs.gradients[0]"], links.Take(3).Select(l => l.What));
        Assert.Equal([3, 2, 1], links.Where(l => l.What == "manifest").Select(l => l.Version));
        Assert.All(links, l => Assert.Null(l.Fault));
    }

    [Fact]
    public async Task A_missing_parent_and_a_missing_input_are_named()
    {
        var gone = ContentHash.Of("gone"u8);
        Assert.Equal((-1L, "manifest", "It is missing."), await OneFaultAsync(await ManifestAsync(2, gone)));
        Assert.Equal((1L, "inputs.base", "It is missing."), await OneFaultAsync(await ManifestAsync(1, null, m => m["inputs"]!["base"] = gone.Hex)));
    }

    [Fact]
    public async Task A_store_that_gives_other_bytes_is_not_believed()
    {
        var hash = await ManifestAsync(1, null);
        var links = await new VerifyCheckpoint(ChainSource.Of(_store) with { Object = async (h, c) => h == hash ? await _store.GetAsync(h, c) : "forged"u8.ToArray() }).RunAsync(hash, Cancel);
        Assert.Equal(2, links.Count(l => l.Fault?.StartsWith("It is corrupt", StringComparison.Ordinal) == true));
    }

    [Fact]
    public async Task A_wrong_length_a_version_that_does_not_fall_and_free_formatting_are_faults()
    {
        Assert.Equal("policy", (await OneFaultAsync(await ManifestAsync(1, null, m => m["policy"]!["length"] = 3))).Item2);
        Assert.Contains("not below", (await OneFaultAsync(await ManifestAsync(1, await ManifestAsync(1, null, m => m["note"] = "x")))).Item3);
        var loose = await _store.PutAsync(System.Text.Encoding.UTF8.GetBytes(
            $$"""{ "version": 1, "parent": null, "policy": {{(await _store.PutAsync(new byte[] { 9 }, MediaTypes.Safetensors, Cancel)).ToJson().ToJsonString()}}, "inputs": {} }"""), MediaTypes.Json, Cancel);
        Assert.Contains("not canonical", (await OneFaultAsync(loose.Hash)).Item3);
        var words = await _store.PutAsync("words"u8.ToArray(), MediaTypes.Json, Cancel);
        Assert.Contains("no checkpoint manifest", (await OneFaultAsync(words.Hash)).Item3);
    }
}
