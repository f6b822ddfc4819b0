using System.Text.Json.Nodes;
using PortraitGen.Domain.Artifacts;
using PortraitGen.Domain.Pretraining;
using PortraitGen.Gpu.Models;
using PortraitGen.Gpu.Pretraining;
using PortraitGen.Gpu.Tests.Curation;
using PortraitGen.Jobs.Pretraining;

namespace PortraitGen.Gpu.Tests.Pretraining;

/// <summary>Whole pretraining jobs at the smallest size, through planner and handler.</summary>
public sealed class PretrainLoopTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("portraitgen-pretrain-").FullName;
    private readonly MemoryStore _store = new();

    [Fact]
    public async Task A_model_is_made_from_nothing_and_trained_on_and_the_second_training_keeps_its_autoencoder()
    {
        var cancel = TestContext.Current.CancellationToken;
        var spec = await SpecAsync(cancel);
        var first = await RunAsync(spec, cancel);
        var again = await RunAsync(spec, cancel);
        Assert.Equal(first.Manifest, again.Manifest); // equal bits on a second run, although nothing was reused
        Assert.Equal(2 + 2, first.Links);             // 5 steps in links of 3, twice: autoencoder and transformer

        var on = await RunAsync(spec with { From = first.Manifest, Seed = 2 }, cancel);
        Assert.Equal(2, on.Links);
        Assert.Equal(first.Files["vae/diffusion_pytorch_model.safetensors"], on.Files["vae/diffusion_pytorch_model.safetensors"]);
        Assert.Equal(first.Files["tokenizer/vocab.json"], on.Files["tokenizer/vocab.json"]);
        Assert.NotEqual(first.Files["transformer/diffusion_pytorch_model.safetensors"], on.Files["transformer/diffusion_pytorch_model.safetensors"]);
        Assert.NotEqual(first.Files["text_encoder/model.safetensors"], on.Files["text_encoder/model.safetensors"]);
        using var pipeline = DiffusersFolder.Open(Unpack(on)).LoadSd3();
        Assert.Equal(1, pipeline.Transformer.Config.NumLayers);
    }

    [Fact]
    public async Task A_model_of_another_size_is_refused_with_both_shapes()
    {
        var cancel = TestContext.Current.CancellationToken;
        var spec = await SpecAsync(cancel);
        var first = await RunAsync(spec, cancel);
        var error = await Assert.ThrowsAsync<Runtime.ShardFailedException>(() => RunAsync(spec with { From = first.Manifest, Size = 64 }, cancel));
        Assert.Contains("4x16x16", error.Message, StringComparison.Ordinal);
        Assert.Contains("4x32x32", error.Message, StringComparison.Ordinal);
    }

    private async Task<PretrainSpec> SpecAsync(CancellationToken cancel) => new()
    {
        Size = 32,
        StepsPerShard = 3,
        Vocabulary = (await _store.PutAsync(await File.ReadAllBytesAsync(Path.Combine(AppContext.BaseDirectory, "Tokenizers", "bpe_simple_vocab_16e6.txt.gz"), cancel), MediaTypes.Binary, cancel)).Hash,
        Drawn = new() { ForVae = 16, ForBase = 16 },
        Vae = new() { Channels = [8, 8], LatentChannels = 4, Steps = 5, Batch = 2 },
        Base = new() { Layers = 1, Heads = 1, HeadDim = 8, TextWidth = 8, TextTokens = 32, Merges = 200, Steps = 5, Batch = 2 },
    };

    private sealed record Made(ContentHash Manifest, IReadOnlyDictionary<string, ContentHash> Files, int Links);

    private async Task<Made> RunAsync(PretrainSpec spec, CancellationToken cancel)
    {
        var loop = new EngineLoop(_store, [new PretrainPlanner(_store)], [new PretrainHandler(new ModelStore(Path.Combine(_folder, "fetched")))]);
        var outputs = await loop.RunAsync(new PretrainPlan(), DomainJson.ToNode(spec), null, cancel);
        int others = 1 + (spec.From is null ? 2 : 1) + 1; // drawing (one shard for each use), encoding, packaging
        return new(
            ContentHash.Parse(outputs["pretrain"]["model"]!.GetValue<string>()),
            loop.Artifacts.Where(a => a.Key.StartsWith("model/", StringComparison.Ordinal)).ToDictionary(a => a.Key["model/".Length..], a => a.Value.Hash),
            loop.Shards["pretrain"] - others);
    }

    private string Unpack(Made made)
    {
        string folder = Path.Combine(_folder, "unpacked");
        foreach (var (path, hash) in made.Files)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(folder, path))!);
            File.WriteAllBytes(Path.Combine(folder, path), _store.GetAsync(hash, TestContext.Current.CancellationToken).GetAwaiter().GetResult());
        }
        return folder;
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}
