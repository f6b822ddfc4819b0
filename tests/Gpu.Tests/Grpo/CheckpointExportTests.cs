using PortraitGen.Domain.Artifacts;
using PortraitGen.Domain.Campaigns;
using PortraitGen.Domain.Grpo;
using PortraitGen.Gpu.Grpo;
using PortraitGen.Gpu.Models;
using PortraitGen.Gpu.Models.Lora;
using PortraitGen.Gpu.Tensors;
using PortraitGen.Jobs.Campaigns;
using TorchSharp;
using static TorchSharp.torch;

namespace PortraitGen.Gpu.Tests.Grpo;

public sealed class CheckpointExportTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("export").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory, InlineData(false), InlineData(true)]
    public async Task A_merged_folder_says_what_base_and_adapter_say_and_the_adapter_file_loads_on_the_base(bool flux)
    {
        var cancel = TestContext.Current.CancellationToken;
        using ITextToImagePipeline pipeline = flux ? TinyModels.FluxPipeline(31) : TinyModels.Pipeline(31);
        var store = new Curation.MemoryStore();
        string source = Path.Combine(_folder, "source");
        DiffusersFolderWriter.Save(source, pipeline);
        var model = await ModelFolders.PublishAsync(source, store, cancel);
        using var scope = NewDisposeScope();
        using var noise = new Noise(32);
        using var lora = LoraSet.Attach(pipeline.Transformer.Weights.Linears, new LoraOptions { Rank = 2, Alpha = 5, Targets = [.. LoraTargets.Attention, .. LoraTargets.FeedForward] }, noise.Of);
        using (no_grad())
            foreach (var (_, value) in lora.Trainables) value.add_(noise.Of(value.shape) * 0.2);
        var state = PolicyState.Fresh(lora);
        var policy = await store.PutAsync(state.AdapterBytes(), MediaTypes.Safetensors, cancel);
        var average = await store.PutAsync(state.AverageBytes(), MediaTypes.Safetensors, cancel);
        var spec = await store.PutAsync(CanonicalJson.ToBytes(DomainJson.ToNode(new CampaignSpec { Lora = new() { Rank = 2, Alpha = 5 } })), MediaTypes.Json, cancel);
        var manifest = new CheckpointManifest(0, null, policy, model.Hash, spec.Hash, [], 1, 0, 0, 1, new ExecutionProfile(), Average: average);
        var (context, pooled) = pipeline.Text!.Encode(["a portrait of a man"]);
        var latent = noise.Of([1, .. pipeline.LatentShape]);
        var expected = pipeline.Transformer.Forward(latent, tensor([400f]), context, pooled);
        lora.Enabled = false;
        Assert.True(GoldenTensors.Difference(pipeline.Transformer.Forward(latent, tensor([400f]), context, pooled), expected) > 1e-3, "the adapter must matter");
        lora.Dispose();

        var export = new CheckpointExport(hash => store.GetAsync(hash, cancel).GetAwaiter().GetResult());
        string merged = export.Merged(manifest, Path.Combine(_folder, "merged"));
        using (var read = DiffusersFolder.Open(merged).Load())
            GoldenTensors.AssertClose(expected, read.Transformer.Forward(latent, tensor([400f]), context, pooled), 1e-5, "velocity of the merged folder");
        Assert.Equal(File.ReadAllBytes(Path.Combine(source, "vae", "diffusion_pytorch_model.safetensors")), File.ReadAllBytes(Path.Combine(merged, "vae", "diffusion_pytorch_model.safetensors")));
        Assert.Contains("is not empty", Assert.Throws<IOException>(() => export.Merged(manifest, merged)).Message, StringComparison.Ordinal);

        using var file = SafetensorsFile.Open(export.Adapter(manifest, Path.Combine(_folder, "adapter")));
        Assert.EndsWith("pytorch_lora_weights.safetensors", file.Label, StringComparison.Ordinal);
        using var again = LoraSet.Attach(pipeline.Transformer.Weights.Linears, file.ReadAll(), file.Metadata);
        Assert.Equal(0, GoldenTensors.Difference(pipeline.Transformer.Forward(latent, tensor([400f]), context, pooled), expected));
    }
}
