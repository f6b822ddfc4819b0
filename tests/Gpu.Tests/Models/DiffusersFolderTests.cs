using PortraitGen.Gpu.Models;
using PortraitGen.Gpu.Models.Sd3;
using PortraitGen.Gpu.Models.T5;
using PortraitGen.Gpu.Tensors;
using static TorchSharp.torch;

namespace PortraitGen.Gpu.Tests.Models;

public sealed class DiffusersFolderTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("diffusers").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_saved_pipeline_comes_back_bit_for_bit_and_saves_to_equal_bytes()
    {
        using var scope = NewDisposeScope();
        using var made = TinyModels.Pipeline(1);
        string first = Path.Combine(_folder, "first"), second = Path.Combine(_folder, "second");
        DiffusersFolderWriter.Save(first, made);
        using var read = DiffusersFolder.Open(first).Load();
        DiffusersFolderWriter.Save(second, read);

        string[] files = [.. Directory.EnumerateFiles(first, "*", SearchOption.AllDirectories).Select(file => Path.GetRelativePath(first, file))];
        Assert.Equal(18, files.Length);
        Assert.All(files, file => Assert.Equal(File.ReadAllBytes(Path.Combine(first, file)), File.ReadAllBytes(Path.Combine(second, file))));
        var (expected, actual) = (made.TextEncoder.Encode(["a portrait"]), read.Text!.Encode(["a portrait"]));
        Assert.Equal(0, GoldenTensors.Difference(actual.Context, expected.Context));
        Assert.Equal(0, GoldenTensors.Difference(actual.Pooled, expected.Pooled));
    }

    [Fact]
    public void A_FLUX_pipeline_and_SD3_with_T5_come_back_bit_for_bit_too()
    {
        using var scope = NewDisposeScope();
        using var noise = new Noise(5);
        using var flux = TinyModels.FluxPipeline(1);
        using var plain = TinyModels.Pipeline(1);
        var t5 = new T5Config { VocabSize = Tokenizers.T5.VocabSize, DModel = 40, DKv = 4, DFf = 16, NumHeads = 2, NumLayers = 1 };
        using var encoder = new T5Encoder(t5, new Weights(T5Init.Source(noise.Of)));
        var sd3 = new Sd3Pipeline(plain.Transformer, plain.Vae, new(plain.TextEncoder.Tokenizer1, plain.TextEncoder.Encoder1, plain.TextEncoder.Tokenizer2, plain.TextEncoder.Encoder2, plain.Transformer.Config.JointAttentionDim, 6, Tokenizers.T5, encoder), plain.Schedule);
        foreach (var made in new ITextToImagePipeline[] { flux, sd3 })
        {
            string folder = Path.Combine(_folder, made.GetType().Name);
            DiffusersFolderWriter.Save(folder, made);
            using var read = DiffusersFolder.Open(folder).Load();
            Assert.Equal(made.LatentShape, read.LatentShape);
            var (expected, actual) = (made.Text!.Encode(["a portrait of a man"]), read.Text!.Encode(["a portrait of a man"]));
            Assert.Equal(0, GoldenTensors.Difference(actual.Context, expected.Context));
            Assert.Equal(0, GoldenTensors.Difference(actual.Pooled, expected.Pooled));
            var latent = noise.Of([1, .. made.LatentShape]);
            Assert.Equal(0, GoldenTensors.Difference(
                read.Transformer.Forward(latent, tensor([300f]), actual.Context, actual.Pooled), made.Transformer.Forward(latent, tensor([300f]), expected.Context, expected.Pooled)));
        }
    }

    [Fact]
    public void Weights_in_shards_with_an_index_load_like_one_file()
    {
        using var scope = NewDisposeScope();
        Shard(DiffusersFolder.Open(Saved(2)), out string transformer);
        using var read = DiffusersFolder.Open(_folder).LoadTransformer();
        using var made = TinyModels.Pipeline(2);
        Assert.All(made.Transformer.Weights.State(), tensor => Assert.Equal(0, GoldenTensors.Difference(read.Weights[tensor.Name], tensor.Value)));

        File.Delete(Path.Combine(transformer, "b.safetensors"));
        Assert.Contains("b.safetensors: is missing", Assert.Throws<ModelConfigException>(() => DiffusersFolder.Open(_folder).Load()).Message, StringComparison.Ordinal);
        string index = Path.Combine(transformer, "diffusion_pytorch_model.safetensors.index.json");
        File.WriteAllText(index, File.ReadAllText(index).Replace("b.safetensors", "../b.safetensors", StringComparison.Ordinal));
        Assert.Contains("no plain file name", Assert.Throws<ModelConfigException>(() => DiffusersFolder.Open(_folder).Load()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Missing_extra_and_misshapen_tensors_are_all_named_at_once()
    {
        using var scope = NewDisposeScope();
        string file = Path.Combine(Saved(3), "vae", "diffusion_pytorch_model.safetensors");
        Dictionary<string, Tensor> tensors;
        using (var read = SafetensorsFile.Open(file)) tensors = read.ReadAll();
        tensors.Remove("encoder.conv_in.bias");
        tensors["decoder.conv_in.bias"] = zeros(5);
        tensors["left.over"] = zeros(1);
        SafetensorsWriter.WriteFile(file, tensors.Select(tensor => (tensor.Key, tensor.Value)));

        string message = Assert.Throws<WeightsException>(() => DiffusersFolder.Open(_folder).Load()).Message;
        Assert.Contains("missing (1): encoder.conv_in.bias", message, StringComparison.Ordinal);
        Assert.Contains("decoder.conv_in.bias is [5], must be [16]", message, StringComparison.Ordinal);
        Assert.Contains("extra (1): left.over", message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("model_index.json", "StableDiffusion3Pipeline", "PixArtPipeline", "pipeline 'PixArtPipeline' is not supported")]
    [InlineData("model_index.json", "StableDiffusion3Pipeline", "FluxPipeline", "tokenizer_2 is CLIPTokenizer")]
    [InlineData("model_index.json", "SD3Transformer2DModel", "UNet2DConditionModel", "transformer is UNet2DConditionModel")]
    [InlineData("transformer/config.json", "SD3Transformer2DModel", "FluxTransformer2DModel", "class 'FluxTransformer2DModel'")]
    [InlineData("transformer/config.json", "\"num_layers\": 2", "\"num_layers\": -1", "num_layers must be a whole number in 1 to 1024, not -1")]
    [InlineData("transformer/config.json", "\"caption_projection_dim\": 16", "\"caption_projection_dim\": 17", "must be equal")]
    [InlineData("transformer/config.json", "\"qk_norm\": null", "\"qk_norm\": \"layer_norm\"", "qk_norm 'layer_norm' is not supported")]
    [InlineData("vae/config.json", "\"norm_num_groups\": 4", "\"norm_num_groups\": 3", "does not divide")]
    [InlineData("vae/config.json", "\"silu\"", "\"relu\"", "act_fn must be silu")]
    [InlineData("text_encoder/config.json", "clip_text_model", "t5", "model_type 't5'")]
    [InlineData("text_encoder_2/config.json", "\"gelu\"", "\"relu\"", "hidden_act 'relu'")]
    [InlineData("scheduler/scheduler_config.json", "FlowMatchEulerDiscreteScheduler", "DDIMScheduler", "class 'DDIMScheduler'")]
    [InlineData("tokenizer/merges.txt", "i n</w>", "i", "line ")]
    [InlineData("tokenizer/vocab.json", "<|startoftext|>", "<|start|>", "lacks '<|startoftext|>'")]
    public void A_folder_that_is_not_understood_is_refused_with_its_file_and_cause(string file, string good, string bad, string cause)
    {
        string path = Path.Combine(Saved(4), file), text = File.ReadAllText(path);
        Assert.Contains(good, text, StringComparison.Ordinal);
        File.WriteAllText(path, text.Replace(good, bad, StringComparison.Ordinal));

        string message = Assert.Throws<ModelConfigException>(() => DiffusersFolder.Open(_folder).Load()).Message;
        Assert.Contains(cause, message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', message);
    }

    private string Saved(ulong seed)
    {
        using var pipeline = TinyModels.Pipeline(seed);
        DiffusersFolderWriter.Save(_folder, pipeline);
        return _folder;
    }

    private void Shard(DiffusersFolder folder, out string transformer)
    {
        transformer = Path.Combine(_folder, "transformer");
        using var model = folder.LoadTransformer();
        var state = model.Weights.State();
        var map = new System.Text.Json.Nodes.JsonObject();
        foreach (var (shard, part) in new[] { ("a.safetensors", state.Take(20)), ("b.safetensors", state.Skip(20)) })
        {
            SafetensorsWriter.WriteFile(Path.Combine(transformer, shard), part);
            foreach (var (name, _) in part) map[name] = shard;
        }

        File.Delete(Path.Combine(transformer, "diffusion_pytorch_model.safetensors"));
        File.WriteAllText(
            Path.Combine(transformer, "diffusion_pytorch_model.safetensors.index.json"),
            new System.Text.Json.Nodes.JsonObject { ["weight_map"] = map }.ToJsonString());
    }
}
