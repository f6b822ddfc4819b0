using System.Text.Json;
using System.Text.Json.Nodes;
using PortraitGen.Gpu.Models.Clip;
using PortraitGen.Gpu.Models.Sd3;
using PortraitGen.Gpu.Models.Vae;
using PortraitGen.Gpu.Tensors;
using TorchSharp;
using static TorchSharp.torch;

namespace PortraitGen.Gpu.Models;

/// <summary>
/// A model in the folder layout of diffusers: model_index.json, and a folder per component. A local folder: models in an object store
/// are fetched to one first.
/// </summary>
public sealed class DiffusersFolder
{
    private const string Index = "model_index.json", Pipeline = "StableDiffusion3Pipeline", DiffusionWeights = "diffusion_pytorch_model", TextWeights = "model";
    /// <summary>Ours; names that begin so are skipped by diffusers. Without it, as many zero tokens as CLIP has, as diffusers does.</summary>
    private const string T5TokensKey = "_t5_tokens";
    private static readonly Dictionary<string, string> Header = new() { ["format"] = "pt" };
    private readonly string _root;
    private readonly JsonObject _index;

    private DiffusersFolder(string root, JsonObject index) => (_root, _index) = (root, index);

    /// <summary>The pipeline class that model_index.json names.</summary>
    public string PipelineClass => _index["_class_name"] is JsonValue value && value.TryGetValue(out string? name) ? name : "";

    /// <summary>Opens a folder; no weights are read yet.</summary>
    /// <exception cref="ModelConfigException">No folder, or no valid model_index.json.</exception>
    public static DiffusersFolder Open(string path)
    {
        string file = Path.Combine(path, Index);
        if (!File.Exists(file)) throw new ModelConfigException($"{Path.GetFileName(Path.TrimEndingDirectorySeparator(path))}: holds no {Index}; a diffusers model folder is needed.");
        try
        {
            return new DiffusersFolder(path, JsonNode.Parse(File.ReadAllText(file)) as JsonObject ?? throw new ModelConfigException($"{Index}: must hold a JSON object."));
        }
        catch (JsonException error)
        {
            throw new ModelConfigException($"{Index}: is no valid JSON: {error.Message}", error);
        }
    }

    /// <summary>Loads an SD3-class model. When a part fails, all are given back.</summary>
    /// <param name="device">The CPU by default.</param>
    /// <param name="dtype">Each file's own type by default.</param>
    /// <exception cref="ModelConfigException">Another architecture, or a missing or wrong file.</exception>
    /// <exception cref="WeightsException">Tensors do not fit; each is named.</exception>
    /// <exception cref="SafetensorsException">A weight file is truncated or forged.</exception>
    public Sd3Pipeline LoadSd3(Device? device = null, ScalarType? dtype = null)
    {
        if (PipelineClass != Pipeline) throw new ModelConfigException($"{Index}: pipeline '{PipelineClass}' is not supported here; expected {Pipeline}.");
        if (ClassOf("text_encoder_3") is { } third)
            throw new ModelConfigException($"{Index}: text_encoder_3 is {third}, which is not run here; set it and tokenizer_3 to [null, null] to go without.");
        var loaded = new List<IDisposable>();
        try
        {
            var tokenizer1 = LoadTokenizer("tokenizer");
            var tokenizer2 = LoadTokenizer("tokenizer_2");
            var schedule = LoadSchedule();
            var text1 = Keep(LoadTextEncoder("text_encoder", device, dtype));
            var text2 = Keep(LoadTextEncoder("text_encoder_2", device, dtype));
            var vae = Keep(LoadVae(device, dtype));
            var transformer = Keep(LoadSd3Transformer(device, dtype));
            int t5Tokens = ConfigJson.Parse(_index.ToJsonString(), Index).Int(T5TokensKey, tokenizer1.MaxLength, least: 0, most: 4096);
            return new Sd3Pipeline(transformer, vae, tokenizer1, text1, tokenizer2, text2, schedule, t5Tokens);
        }
        catch
        {
            foreach (var part in loaded) part.Dispose();
            throw;
        }

        T Keep<T>(T part) where T : IDisposable
        {
            loaded.Add(part);
            return part;
        }
    }

    /// <summary>The transformer alone.</summary>
    public Sd3Transformer LoadSd3Transformer(Device? device = null, ScalarType? dtype = null)
    {
        Require("transformer", Sd3Config.ClassName);
        var files = new ComponentFiles(_root, "transformer", DiffusionWeights);
        var config = Sd3Config.Parse(files.Text("config.json"), files.Label("config.json"));
        return files.Build(device, dtype, weights => new Sd3Transformer(config, weights));
    }

    /// <summary>The autoencoder alone.</summary>
    public AutoencoderKL LoadVae(Device? device = null, ScalarType? dtype = null)
    {
        Require("vae", VaeConfig.ClassName);
        var files = new ComponentFiles(_root, "vae", DiffusionWeights);
        var config = VaeConfig.Parse(files.Text("config.json"), files.Label("config.json"));
        return files.Build(device, dtype, weights => new AutoencoderKL(config, weights));
    }

    /// <summary>One CLIP text encoder.</summary>
    /// <param name="component">text_encoder or text_encoder_2.</param>
    /// <param name="device">The CPU by default.</param>
    /// <param name="dtype">The file's own type by default.</param>
    public ClipTextEncoder LoadTextEncoder(string component, Device? device = null, ScalarType? dtype = null)
    {
        Require(component, "CLIPTextModelWithProjection", "CLIPTextModel");
        var files = new ComponentFiles(_root, component, TextWeights);
        var config = ClipTextConfig.Parse(files.Text("config.json"), files.Label("config.json"));
        return files.Build(device, dtype, weights => new ClipTextEncoder(config, weights));
    }

    /// <summary>One CLIP tokenizer.</summary>
    /// <param name="component">tokenizer or tokenizer_2.</param>
    public ClipTokenizer LoadTokenizer(string component)
    {
        Require(component, "CLIPTokenizer", "CLIPTokenizerFast");
        return ClipTokenizer.FromFolder(Path.Combine(_root, component));
    }

    /// <summary>The noise schedule.</summary>
    public FlowMatchSchedule LoadSchedule()
    {
        Require("scheduler", FlowMatchSchedule.ClassName);
        var files = new ComponentFiles(_root, "scheduler", "");
        return FlowMatchSchedule.Parse(files.Text("scheduler_config.json"), files.Label("scheduler_config.json"));
    }

    /// <summary>Writes a model folder that <see cref="Open"/> reads. Equal weights give equal bytes.</summary>
    public static void Save(string path, Sd3Pipeline pipeline)
    {
        Directory.CreateDirectory(path);
        Component("transformer", pipeline.Transformer.Config.ToJson(), DiffusionWeights, pipeline.Transformer.Weights);
        Component("vae", pipeline.Vae.Config.ToJson(), DiffusionWeights, pipeline.Vae.Weights);
        Component("text_encoder", pipeline.TextEncoder1.Config.ToJson(), TextWeights, pipeline.TextEncoder1.Weights);
        Component("text_encoder_2", pipeline.TextEncoder2.Config.ToJson(), TextWeights, pipeline.TextEncoder2.Weights);
        pipeline.Tokenizer1.Save(Path.Combine(path, "tokenizer"));
        pipeline.Tokenizer2.Save(Path.Combine(path, "tokenizer_2"));
        Directory.CreateDirectory(Path.Combine(path, "scheduler"));
        File.WriteAllText(Path.Combine(path, "scheduler", "scheduler_config.json"), pipeline.Schedule.ToJson());
        // The index comes last: a folder without one is no model.
        File.WriteAllText(Path.Combine(path, Index), IndexOf(pipeline).ToJsonString(ConfigFormat.Indented));

        void Component(string name, string config, string weightsName, Weights weights)
        {
            string folder = Path.Combine(path, name);
            Directory.CreateDirectory(folder);
            File.WriteAllText(Path.Combine(folder, "config.json"), config);
            SafetensorsWriter.WriteFile(Path.Combine(folder, weightsName + ".safetensors"), weights.State(), Header);
        }
    }

    private static JsonObject IndexOf(Sd3Pipeline pipeline) => new()
    {
        ["_class_name"] = Pipeline,
        [T5TokensKey] = pipeline.T5Tokens,
        ["scheduler"] = new JsonArray("diffusers", FlowMatchSchedule.ClassName),
        ["text_encoder"] = new JsonArray("transformers", "CLIPTextModelWithProjection"),
        ["text_encoder_2"] = new JsonArray("transformers", "CLIPTextModelWithProjection"),
        ["text_encoder_3"] = new JsonArray(null, null),
        ["tokenizer"] = new JsonArray("transformers", "CLIPTokenizer"),
        ["tokenizer_2"] = new JsonArray("transformers", "CLIPTokenizer"),
        ["tokenizer_3"] = new JsonArray(null, null),
        ["transformer"] = new JsonArray("diffusers", Sd3Config.ClassName),
        ["vae"] = new JsonArray("diffusers", VaeConfig.ClassName),
    };

    /// <summary>The class of a component; null when it is absent or [null, null].</summary>
    private string? ClassOf(string component) =>
        _index[component] is JsonArray { Count: 2 } pair && pair[1] is JsonValue value && value.TryGetValue(out string? name) ? name : null;

    private void Require(string component, params string[] classes)
    {
        string? found = ClassOf(component);
        if (found is null || !classes.Contains(found))
            throw new ModelConfigException($"{Index}: {component} is {found ?? "absent"}; supported here: {string.Join(", ", classes)}.");
    }
}
