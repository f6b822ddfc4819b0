using System.Text.Json.Nodes;
using PortraitGen.Domain.Artifacts;
using PortraitGen.Jobs.Campaigns;
using PortraitGen.Jobs.Tests.Toys;

namespace PortraitGen.Jobs.Tests.Campaigns;

public sealed class ModelFoldersTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("portraitgen-models-").FullName;

    public void Dispose() => Directory.Delete(_root, recursive: true);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private string Model(string name)
    {
        string folder = Directory.CreateDirectory(Path.Combine(_root, name, "vae")).Parent!.FullName;
        File.WriteAllText(Path.Combine(folder, "model_index.json"), "{}");
        File.WriteAllText(Path.Combine(folder, "vae", "config.json"), """{"a":1}""");
        return folder;
    }

    [Fact]
    public async Task Equal_folders_are_one_base_and_a_changed_file_is_another()
    {
        var store = new MemoryStore();
        var (one, two) = (Model("one"), Model("two"));
        File.WriteAllText(Path.Combine(one, ".hidden"), "x");
        var first = await ModelFolders.PublishAsync(one, store, Cancel);
        Assert.Equal(first, await ModelFolders.PublishAsync(two, store, Cancel));
        File.WriteAllText(Path.Combine(two, "vae", "config.json"), """{"a":2}""");
        Assert.NotEqual(first.Hash, (await ModelFolders.PublishAsync(two, store, Cancel)).Hash);

        var files = JsonNode.Parse(await store.GetAsync(first.Hash, Cancel))!["files"]!.AsObject();
        Assert.Equal(["model_index.json", "vae/config.json"], files.Select(f => f.Key));
        Assert.Equal("""{"a":1}"""u8.ToArray(), await store.GetAsync(ArtifactRef.FromJson(files["vae/config.json"]).Hash, Cancel));
    }

    [Theory]
    [InlineData("..")]
    [InlineData("../models/one")]
    [InlineData("/etc")]
    [InlineData("one/vae")]
    [InlineData("a\\b")]
    [InlineData("")]
    [InlineData("empty")]
    public void A_name_finds_a_model_folder_and_leads_nowhere_else(string name)
    {
        Model("one");
        Directory.CreateDirectory(Path.Combine(_root, "empty"));
        var folders = new ModelFolders([_root]);
        Assert.Null(folders.Find(name));
        Assert.NotNull(folders.Find("one"));
        Assert.Equal(["one"], folders.Names());
    }

    [Fact]
    public async Task A_folder_without_a_model_is_refused() =>
        await Assert.ThrowsAsync<DirectoryNotFoundException>(() => ModelFolders.PublishAsync(_root, new MemoryStore(), Cancel));
}
